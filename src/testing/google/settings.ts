import { digest } from '../../model/hash.js'
import type { Account } from './account.js'
import { type Answer, type Call, ok } from './call.js'
import { Refusal } from './refusals.js'

/** `settings.list`. */
export function listSettings({ account }: Call): Answer {
  const items = Object.keys(valuesOf(account)).map((id) => setting(account, id))
  return ok({ kind: 'calendar#settings', etag: `"${digest('settings', account.email).slice(0, 16)}"`, items })
}

/** `settings.get`. */
export function getSetting({ account, path }: Call): Answer {
  const id = path['setting'] ?? ''
  if (!Object.hasOwn(valuesOf(account), id)) throw new Refusal('notFound')
  return ok(setting(account, id))
}

/** The settings that a program for calendars looks at. */
function valuesOf(account: Account): Readonly<Record<string, string>> {
  return {
    timezone: account.timeZone,
    locale: 'en',
    weekStart: '1',
    format24HourTime: 'true',
    defaultEventLength: '60',
  }
}

function setting(account: Account, id: string): object {
  const value = valuesOf(account)[id] ?? ''
  return { kind: 'calendar#setting', etag: `"${digest('setting', id, value).slice(0, 16)}"`, id, value }
}
