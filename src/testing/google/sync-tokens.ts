import { digest } from '../../model/hash.js'
import { invalid, Refusal } from './refusals.js'

/** What a sync token stands for. */
export interface SyncPoint {
  /** The list that it was given for: a calendar's events as one account sees them, or an account's calendars. */
  readonly list: string
  readonly generation: number
  readonly position: number
  /** The parameters of the listing that it ended. */
  readonly question: string
}

/** Writes a sync token. It means nothing to anybody but the fake, and a changed one is found out. */
export function syncToken({ list, generation, position, question }: SyncPoint): string {
  const place = [generation, position, digest('list', list).slice(0, 8), digest('question', question).slice(0, 8)]
  const text = place.join('.')
  return `C${text}.${digest('sync token', text).slice(0, 8)}=`
}

/**
 * The position that a token stands for.
 *
 * A token of another list, or with other parameters, is refused: Google says of the latter only that the behaviour is
 * undefined, and a fake that is silent about it would hide the mistake.
 */
export function positionOf(token: string, expected: Omit<SyncPoint, 'position'>): number {
  const [, generation = '', position = ''] = /^C(\d+)\.(\d+)\./.exec(token) ?? []
  const point = { ...expected, generation: Number(generation), position: Number(position) }
  if (generation === '' || syncToken(point) !== token) throw invalid('Invalid sync token value.', 'syncToken')
  if (point.generation !== expected.generation) throw new Refusal('fullSyncRequired')
  return point.position
}
