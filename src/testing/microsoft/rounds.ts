import { digest } from '../../model/hash.js'
import { Refusal } from './refusals.js'
import type { Range } from './times.js'

/** What a delta token stands for. */
export interface DeltaPoint {
  readonly mailbox: string
  readonly calendarId: string
  readonly generation: number
  readonly position: number
  readonly range: Range
}

/** What a round still has to tell: ids of what is there, or is not any more. */
export interface RoundItem {
  readonly key: string
  readonly date: string | undefined
  /** Where the id is of before a move. */
  readonly moves: number
  readonly isRemoved: boolean
  /** It is told first as it was before. */
  readonly isFormer: boolean
}

/** A round that was begun. */
export interface Round {
  readonly items: readonly RoundItem[]
  readonly from: number
  readonly point: DeltaPoint
  /** Where the round began; former states are those before it. */
  readonly since: number | undefined
}

/** Rounds of delta queries that go over several pages. */
export class Rounds {
  readonly #rounds = new Map<string, Round>()
  #count = 0

  /** The token of a round's next page. */
  keep(round: Round): string {
    const token = digest('skip token', String(++this.#count))
    this.#rounds.set(token, round)
    // Whoever leaves many rounds unfinished loses the oldest.
    const [oldest] = this.#rounds.keys()
    if (this.#rounds.size > 500 && oldest !== undefined) this.#rounds.delete(oldest)
    return token
  }

  next(token: string): Round {
    const round = this.#rounds.get(token)
    if (!round) throw /^[0-9a-z]{20,}$/.test(token) ? new Refusal('SyncStateNotFound') : badToken()
    return round
  }
}

/** Writes a delta token. The window is inside; a changed token is found out. */
export function deltaToken(point: DeltaPoint): string {
  const text = btoa(JSON.stringify(point)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  return `${text}.${digest('delta token', text).slice(0, 12)}`
}

/** The point that a token stands for. */
export function pointOf(token: string): DeltaPoint {
  const [text = '', seal] = token.split('.')
  if (seal !== digest('delta token', text).slice(0, 12)) throw badToken()
  return JSON.parse(atob(text.replaceAll('-', '+').replaceAll('_', '/'))) as DeltaPoint
}

function badToken(): Refusal {
  return new Refusal('BadRequest', { message: 'Badly formed token.' })
}
