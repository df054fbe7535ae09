// Runs the provider contract against a real Google account, or says what is missing for that.
//   GOOGLE_ACCESS_TOKEN   a token of the scope https://www.googleapis.com/auth/calendar, or instead of it
//   GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, GOOGLE_REFRESH_TOKEN   what one is got with
//   GOOGLE_CALENDAR_ID    a calendar of the account that is EMPTIED again and again; never the primary one
//   GOOGLE_SERVER         another server, such as the one of `npm run fakes -- google` (optional)
// Words behind `--` go to vitest, e.g. `-t "series"`.
import { execFileSync } from 'node:child_process'

const { GOOGLE_ACCESS_TOKEN: token, GOOGLE_CALENDAR_ID: calendar } = process.env
const renewal = ['GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_SECRET', 'GOOGLE_REFRESH_TOKEN']
const missing = [
  ...(token ? [] : renewal.filter((name) => !process.env[name])),
  ...(calendar ? [] : ['GOOGLE_CALENDAR_ID']),
]
if (missing.length > 0) {
  console.error(`Not run: ${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} not set.`)
  if (!token) console.error('GOOGLE_ACCESS_TOKEN alone does as well, for an hour.')
  console.error('How to get them: docs/providers/google.md, "Trying it on a real account".')
  process.exitCode = 2
} else if (calendar === 'primary' || calendar.includes('@gmail.com')) {
  console.error('Not run: GOOGLE_CALENDAR_ID is a primary calendar, and this empties it. Make a calendar for it.')
  process.exitCode = 2
} else {
  try {
    execFileSync('vitest', ['run', '--project', 'smoke', 'test/smoke/google', ...process.argv.slice(2)], {
      stdio: 'inherit',
    })
  } catch {
    process.exitCode = 1
  }
}
