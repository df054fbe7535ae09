export {
  type Allowance,
  grantLifeMs,
  type LimitGrant,
  type LimitRequest,
  type LimitStore,
  pocketShare,
} from '../http/limit-store.js'
export {
  type Limiter,
  type LimiterAnswer,
  type LimiterLimitsOptions,
  type LimiterSettings,
  limiterLimits,
} from './limiter-limits.js'
export { type StorageLimitsOptions, storageLimits } from './storage-limits.js'
