// Contracts: what a provider or a storage of your own must keep
export type { ContractCase } from './contract.js'
export { ContractFailure } from './contract.js'
export { providerContract } from './provider-contract.js'
export type { ProviderFixture } from './provider-fixture.js'
export { storageContract } from './storage-contract.js'
