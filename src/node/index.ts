export { type GuardedFetchOptions, guardedFetch } from './guarded-fetch.js'
export { resolveService } from './resolve-service.js'
