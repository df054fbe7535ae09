export type { Allowance, LimitGrant, LimitRequest, LimitStore } from '../http/limit-store.js'
export { type StorageLimitsOptions, storageLimits } from './storage-limits.js'
