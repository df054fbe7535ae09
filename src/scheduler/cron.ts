import { Cron } from 'croner'
import { SyncError } from '../errors.js'
import { sha256Hex } from '../model/hash.js'

/**
 * Checks a cron expression: five fields (minute, hour, day of month, month, day of week), or a name such as `@daily`.
 *
 * @param zone - The IANA time zone in which its wall times are meant.
 * @throws SyncError `invalid_input`, which says what is wrong with it.
 */
export function checkCron(expression: string, zone: string): void {
  // A leap day is eight years away at most, when the next full century has none.
  if (nextCronTime(expression, zone, Date.UTC(2024, 0, 1)) === undefined)
    throw invalid(`never happens: no day fits "${shown(expression)}". The 31st of February is such a day`)
}

/**
 * The first moment after `after` that a cron expression names, in milliseconds since 1970; undefined where it names none.
 *
 * A time that the change to summer time leaves out happens when the clock has gone forward (02:30 at 03:00); one that the
 * change back repeats happens once, the first time. Steps and ranges of hours or minutes follow the clock instead.
 * @throws SyncError `invalid_input`
 */
export function nextCronTime(expression: string, zone: string, after: number): number | undefined {
  checkShape(expression, zone)
  try {
    // Without a function to call it starts no timer.
    const cron = new Cron(expression.trim(), { timezone: zone, mode: '5-part', paused: true })
    return cron.nextRun(new Date(after))?.getTime()
  } catch (cause) {
    // Its words name the field that is wrong, and quote nothing but the expression.
    const reason = cause instanceof Error ? cause.message.replace(/^CronPattern: /, '') : ''
    throw invalid(`"${shown(expression)}" cannot be read: ${reason.slice(0, 200)}`, cause)
  }
}

/**
 * An interval that differs a little from key to key, and is always the same for one key: a thousand groups that are synced
 * every hour are not synced at the same minute, and a restart does not shuffle them.
 *
 * @param share - How much it may be longer or shorter, 0 to 1: with 0.1 an hour becomes 54 to 66 minutes.
 */
export function jittered(everyMs: number, key: string, share: number): number {
  const place = Number.parseInt(sha256Hex(key).slice(0, 8), 16) / 0xffffffff
  return Math.max(1, Math.round(everyMs * (1 + share * (2 * place - 1))))
}

function checkShape(expression: string, zone: string): void {
  if (!isZone(zone)) throw invalid('needs a time zone such as Europe/Berlin; the one that was given is not known')
  const text = expression.trim()
  const fields = text.split(/\s+/)
  if (text.startsWith('@') && fields.length === 1) return
  if (fields.length === 6 || fields.length === 7)
    throw invalid(
      `"${shown(text)}" has ${fields.length} fields. Five are read, without seconds and years: nothing runs more often than once a minute`,
    )
  if (fields.length !== 5)
    throw invalid(`"${shown(text)}" is none. Give five fields, e.g. "0 9 * * 1-5": minute hour day month weekday`)
}

function isZone(zone: string): boolean {
  if (zone === '') return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}

const shown = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text)

function invalid(what: string, cause?: unknown): SyncError {
  return new SyncError('invalid_input', `A cron expression ${what}.`, cause === undefined ? {} : { cause })
}
