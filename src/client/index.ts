export type { Happening, Problem, ProblemCode, Routes } from '../server/index.js'
export { type CalweaveClient, type ClientOptions, calweaveClient } from './client.js'
export { type FixtureClient, type Fixtures, fixtureClient } from './fixture-client.js'
export type { LiveSignal, LiveSource } from './live.js'
export { type ConnectionState, type LiveStore, type LiveStoreOptions, liveStore } from './live-store.js'
export { readAll } from './pages.js'
export { ClientProblem, isClientProblem, type ProblemDetails } from './problem.js'
export type { Snapshot } from './query.js'
export type {
  AnswerOf,
  CallArguments,
  CallInput,
  PagedRouteName,
  ReadRouteName,
  RouteName,
  WatchInput,
} from './routes.js'
