import type { AnyRoute, RouteTypes } from './route.js'
import { type CalendarRoutes, calendarRoutes } from './routes/calendars.js'
import { type ConflictRoutes, conflictRoutes } from './routes/conflicts.js'
import { type ConnectionRoutes, connectionRoutes } from './routes/connections.js'
import { type EventRoutes, eventRoutes } from './routes/events.js'
import { type FeedRoutes, feedRoutes } from './routes/feeds.js'
import { type GroupRoutes, groupRoutes } from './routes/groups.js'
import { type HealthRoutes, healthRoutes } from './routes/health.js'
import { type HistoryRoutes, historyRoutes } from './routes/history.js'
import { type SessionRoutes, sessionRoutes } from './routes/session.js'
import { type SignInRoutes, signInRoutes } from './routes/sign-ins.js'

/** Every route by method and path, with what its query, body and answer are. */
export interface RouteShapes
  extends SessionRoutes,
    ConnectionRoutes,
    SignInRoutes,
    CalendarRoutes,
    GroupRoutes,
    EventRoutes,
    ConflictRoutes,
    HistoryRoutes,
    HealthRoutes,
    FeedRoutes {}

/** The types of every route, for a client: `Routes['GET /groups/{groupId}']['answer']`. */
export type Routes = { readonly [Key in keyof RouteShapes]: RouteTypes<Key, RouteShapes[Key]> }

const tables = {
  ...sessionRoutes,
  ...connectionRoutes,
  ...signInRoutes,
  ...calendarRoutes,
  ...groupRoutes,
  ...eventRoutes,
  ...conflictRoutes,
  ...historyRoutes,
  ...healthRoutes,
  ...feedRoutes,
}

/** All routes that answer with JSON. */
export const routes: Readonly<Record<keyof RouteShapes, AnyRoute>> = tables as never
