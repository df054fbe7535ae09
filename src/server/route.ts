import type * as z from 'zod'
import type { UserHandle } from '../index.js'
import type { Door } from './door.js'
import type { SignedIn } from './signed-in.js'

/** Who may call a route. */
export type Access = 'user' | 'operator'

/** What stands in braces in the path of a route. */
export type ParamsOf<Key extends string> = { readonly [Name in ParamNames<Key>]: string }

type ParamNames<Key> = Key extends `${string}{${infer Name}}${infer Rest}` ? Name | ParamNames<Rest> : never

type QueryOf<Shape> = Shape extends { readonly query: infer Query } ? Query : undefined
type BodyOf<Shape> = Shape extends { readonly body: infer Body } ? Body : undefined
type AnswerOf<Shape> = Shape extends { readonly answer: infer Answer } ? Answer : never

/** A route as a caller sees it. */
export interface RouteTypes<Key extends string, Shape> {
  readonly params: ParamsOf<Key>
  readonly query: QueryOf<Shape>
  readonly body: BodyOf<Shape>
  readonly answer: AnswerOf<Shape>
}

/** A request that was let in and found to fit. */
export interface Call<Key extends string, Shape> extends Omit<RouteTypes<Key, Shape>, 'answer'> {
  readonly user: UserHandle
  readonly who: SignedIn
  readonly door: Door
  readonly request: Request
  /** Of the answer; more may be put in. */
  readonly headers: Headers
}

/** One route: what it takes, what it answers, and how. */
export type Route<Key extends string, Shape> = {
  readonly summary: string
  /** @default 'user' */
  readonly access?: Access
  /** What refusals call the body. @default 'body' */
  readonly bodyIs?: string
  readonly answer: z.ZodType<AnswerOf<Shape>>
  handle(call: Call<Key, Shape>): Promise<AnswerOf<Shape>>
} & (Shape extends { readonly query: infer Query } ? { readonly query: z.ZodType<Query> } : unknown) &
  (Shape extends { readonly body: infer Body } ? { readonly body: z.ZodType<Body> } : unknown)

/** The routes of one resource, by method and path. Every one that is declared has to be there. */
export type Table<Shapes> = { readonly [Key in keyof Shapes & string]: Route<Key, Shapes[Key]> }

/** Any route, for whoever does not care which. */
export interface AnyRoute {
  readonly summary: string
  readonly access?: Access
  readonly bodyIs?: string
  readonly query?: z.ZodType
  readonly body?: z.ZodType
  readonly answer: z.ZodType
  handle(
    call: Call<string, { readonly query: unknown; readonly body: unknown; readonly answer: unknown }>,
  ): Promise<unknown>
}

/** A page of a list. */
export interface Items<T> {
  readonly items: readonly T[]
  /** Pass as `after` to go on; absent at the end. */
  readonly next?: string
}
