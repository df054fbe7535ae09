import { parseArgs } from 'node:util'

/** An account at a CalDAV server. */
export interface CaldavAddress {
  readonly url: string
  readonly username: string
  readonly password: string
}

/** What the demo was asked for. */
export interface DemoOptions {
  /** A calendar file in place of the sample. */
  readonly ics?: string
  /** Two accounts in place of calendars in this process. */
  readonly caldav?: { readonly work: CaldavAddress; readonly home: CaldavAddress }
}

export const usage = `npm run demo -- [--ics PATH] [--caldav-a URL --caldav-b URL]

Without options it needs nothing: two calendars in this process, a sample file, and a database in a temporary folder.

  --ics PATH         a calendar file to read from, in place of the sample
  --caldav-a URL     a CalDAV account for the calendar "Work"; the demo makes a calendar in it and removes it at the end.
  --caldav-b URL     the same for "Home". The address of one calendar is fine, too, if that calendar is empty.
  --user-a NAME  --password-a TEXT   or CALWEAVE_A_USER and CALWEAVE_A_PASSWORD in the environment
  --user-b NAME  --password-b TEXT   or CALWEAVE_B_USER and CALWEAVE_B_PASSWORD`

/** @throws Error that says which option does not fit. Undefined: help was asked for. */
export function readOptions(args: readonly string[], environment: NodeJS.ProcessEnv): DemoOptions | undefined {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', short: 'h' },
      ics: text,
      'caldav-a': text,
      'caldav-b': text,
      'user-a': text,
      'user-b': text,
      'password-a': text,
      'password-b': text,
    },
  })
  if (values.help) return undefined
  const file = values.ics === undefined ? {} : { ics: values.ics }
  const [a, b] = [values['caldav-a'], values['caldav-b']]
  if (a === undefined && b === undefined) return file
  if (a === undefined || b === undefined) throw new Error('--caldav-a and --caldav-b belong together: give both.')
  const address = (side: 'a' | 'b', url: string): CaldavAddress => {
    const inEnvironment = `CALWEAVE_${side.toUpperCase()}`
    const username = values[`user-${side}`] ?? environment[`${inEnvironment}_USER`]
    const password = values[`password-${side}`] ?? environment[`${inEnvironment}_PASSWORD`]
    if (!username || !password)
      throw new Error(`--user-${side} and --password-${side} are needed for --caldav-${side}.`)
    return { url, username, password }
  }
  return { ...file, caldav: { work: address('a', a), home: address('b', b) } }
}
