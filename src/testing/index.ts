// Contracts: what a provider or a storage of your own must keep
export type { ContractCase } from './contract.js'
export { ContractFailure } from './contract.js'
export { providerContract } from './provider-contract.js'
export type { ProviderFixture } from './provider-fixture.js'
export type { Violation } from './sim/judge/violation.js'
export type { ScheduleOptions, ScheduleResult } from './sim/simulate.js'
// The simulator: the engine on a seeded scheduler, with faults, judged by what people can see
export { simulate } from './sim/simulate.js'
export { storageContract } from './storage-contract.js'
