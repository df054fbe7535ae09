import * as z from 'zod'

/** Pieces that bodies and queries are made of. In a query everything is text. */

const fromText = <T>(read: (text: string) => unknown, schema: z.ZodType<T>): z.ZodType<T> =>
  z.preprocess((given) => (typeof given === 'string' ? read(given) : given), schema)

const wholeNumber = (text: string): unknown => (/^-?\d{1,16}$/.test(text) ? Number(text) : text)

/** A whole number in a query. */
export const numberText = (schema: z.ZodType<number>): z.ZodType<number> => fromText(wholeNumber, schema)

/** Milliseconds since 1970 in a query. */
export const instantText: z.ZodType<number> = numberText(z.int().min(-8.64e15).max(8.64e15))

/** Ids in a query, with commas between them. */
export const idsText: z.ZodType<readonly string[]> = fromText(
  (text) => text.split(','),
  z.array(z.string().min(1).max(2_048)).min(1).max(1_000),
)

export const someId: z.ZodType<string> = z.string().min(1).max(2_048)

/** Where in a list to read. */
export interface PageQuery {
  /** `next` of the last page. */
  readonly after?: string
  /** 1 to 500. @default 100 */
  readonly limit?: number
}

interface PageShape {
  readonly after: z.ZodExactOptional<z.ZodString>
  readonly limit: z.ZodExactOptional<z.ZodType<number>>
}

export const pageShape: PageShape = {
  after: z.string().min(1).max(4_096).exactOptional(),
  limit: numberText(z.int().min(1).max(500)).exactOptional(),
}

export const PageQuerySchema: z.ZodType<PageQuery> = z.strictObject(pageShape)

/** What becomes of our copies. */
export interface CopiesQuery {
  readonly copies: 'keep' | 'remove'
}

export const CopiesSchema: z.ZodType<CopiesQuery> = z.strictObject({ copies: z.enum(['keep', 'remove']) })
