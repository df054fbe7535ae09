// Runs the provider contract against a real Microsoft account, or says what is missing for that.
//   MICROSOFT_ACCESS_TOKEN   a token with the permission Calendars.ReadWrite, or instead of it
//   MICROSOFT_CLIENT_ID, MICROSOFT_CLIENT_SECRET, MICROSOFT_REFRESH_TOKEN   what one is got with
//   MICROSOFT_TENANT         the tenant that the refresh token is of (optional; `common`)
//   MICROSOFT_CALENDAR       the name of a calendar of the account that is EMPTIED again and again; never the default one
//   MICROSOFT_SERVER         another server, such as the one of `npm run fakes -- microsoft` (optional)
// Words behind `--` go to vitest, e.g. `-t "series"`.
import { execFileSync } from 'node:child_process'

const { MICROSOFT_ACCESS_TOKEN: token, MICROSOFT_CALENDAR: calendar } = process.env
const renewal = ['MICROSOFT_CLIENT_ID', 'MICROSOFT_CLIENT_SECRET', 'MICROSOFT_REFRESH_TOKEN']
const missing = [
  ...(token ? [] : renewal.filter((name) => !process.env[name])),
  ...(calendar ? [] : ['MICROSOFT_CALENDAR']),
]
if (missing.length > 0) {
  console.error(`Not run: ${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} not set.`)
  if (!token) console.error('MICROSOFT_ACCESS_TOKEN alone does as well, for an hour.')
  console.error('How to get them: docs/providers/microsoft.md, "Trying it on a real account".')
  process.exitCode = 2
} else {
  try {
    execFileSync('vitest', ['run', '--project', 'smoke', 'test/smoke/microsoft', ...process.argv.slice(2)], {
      stdio: 'inherit',
    })
  } catch {
    process.exitCode = 1
  }
}
