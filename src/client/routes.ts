import type { Routes } from '../server/index.js'

/** A route of `calweave/server`: its method and path. */
export type RouteName = keyof Routes

/** What a route answers. */
export type AnswerOf<R extends RouteName> = Routes[R]['answer']

/** Routes that only read. */
export type ReadRouteName = Extract<RouteName, `GET ${string}`>

/** Routes that answer a page of a list. */
export type PagedRouteName = {
  [R in ReadRouteName]: AnswerOf<R> extends { readonly items: readonly unknown[]; readonly next?: string } ? R : never
}[ReadRouteName]

type PartName = 'params' | 'query' | 'body'
type Parts<R extends RouteName> = {
  readonly [P in PartName as P extends keyof Routes[R]
    ? [Exclude<Routes[R][P], undefined>] extends [never]
      ? never
      : P
    : never]: P extends keyof Routes[R] ? Routes[R][P] : never
}

/** The names of parts that may not be left out. */
type Needed<Given> = { [P in keyof Given]: Record<never, never> extends Given[P] ? never : P }[keyof Given]

/** Parameters of the path, of the query and the body of a route; those that need nothing may be left out. */
export type CallInput<R extends RouteName> = Pick<Parts<R>, Needed<Parts<R>>> &
  Partial<Omit<Parts<R>, Needed<Parts<R>>>> & { readonly signal?: AbortSignal }

/** The input of a call; may be left out where it needs nothing. */
export type CallArguments<R extends RouteName> =
  Record<never, never> extends CallInput<R> ? [input?: CallInput<R> | undefined] : [input: CallInput<R>]

/** The input of what is watched. */
export type WatchInput<R extends ReadRouteName> =
  Record<never, never> extends CallInput<R>
    ? [input?: Omit<CallInput<R>, 'signal'> | undefined]
    : [input: Omit<CallInput<R>, 'signal'>]
