import { type Behaviour, probes } from './probes.js'
import { type ServerName, serverNames } from './real-server.js'

const titles: Readonly<Record<ServerName, string>> = {
  radicale: 'Radicale',
  xandikos: 'Xandikos',
  cyrus: 'Cyrus',
  sabre: 'SabreDAV 1.8',
  davical: 'DAViCal',
  sogo: 'SOGo',
}

/** `docs/providers/caldav.md`, with the table of what the servers were seen to do. */
export function renderPage(behaviours: Readonly<Record<ServerName, Behaviour>>): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const table = [
    row(['', ...serverNames.map((name) => titles[name])]),
    row(Array(serverNames.length + 1).fill('---')),
    ...probes.map(({ key, label }) => row([label, ...serverNames.map((name) => behaviours[name][key] ?? '?')])),
  ]
  return [before, table.join('\n'), after].join('\n\n')
}

const before = `# CalDAV servers

<!-- Written by \`node --import ./scripts/typescript.mjs scripts/servers-page.mjs\`. Change test/servers/page.ts instead. -->

\`npm run test:servers\` installs six servers from Debian 12, starts them, and runs against each of them the suite of
CalDAV, the contract of providers, and syncs between two of them. The table holds what they answered to plain requests;
a test asks again in every run and fails when an answer is another one.

## What the servers do`

const after = `A number is an HTTP status. Bold is what a client has to protect itself against.

Others of their kind: Nextcloud, ownCloud, Baikal and Davis are newer SabreDAV, with sync-collection; Fastmail is Cyrus.

## What calweave does about it

- **Guards.** Creates carry \`If-None-Match: *\`, updates and removals \`If-Match\`. A server that ignores them is known by
  what it says of itself (a header, its path, the form of its tags) or by a create that does not end with 201. There,
  every write first reads the event and compares it, tag and text. Other servers cost no request more.
- **Writes to one event** go one after the other within an account, because SabreDAV, DAViCal and SOGo let several
  guarded writes win that arrive at the same moment.
- **207 as the answer to a write** is the refusal that is inside of it. Where there is none, it counts as no answer: the
  event is read before anything is written again.
- **Tags.** Only strong ones go into \`If-Match\`. A write that is answered without a strong tag is read back. Where a tag
  comes again, the revision of an event is its tag and a digest of its text, and equal tags prove nothing.
- **Dead tokens.** A refusal (403, 409, 410, 500 ...) asks for a listing from the start. A server that answers a dead token
  with a list of everything and no removals is found out by what the list does not change, and where it is known for it, by a
  new token, too; then the tags are listed once and what is missing decides.
- **No sync-collection.** The ctag tells whether anything changed, then all tags are listed.
- **Multiget** of what has vanished: whatever a report does not settle is asked for one by one, and "not there" counts only
  while the calendar itself is there.
- **UIDs.** Copies of ours have UIDs and names of their own, so a UID is never in two calendars because of us. Where an
  account has such a UID all the same, the write fails with \`event_refused\`, reason \`UID_CONFLICT\`.
- **CLASS.** SOGo writes \`CLASS:PUBLIC\` into events that say nothing; it is read as nothing said.

## What no client can do better

- Between reading an event and writing it, another program can write it, where guards are ignored (SOGo): the gap is
  the time of one request. The same is true for two programs that write at the very same moment to SabreDAV or DAViCal.
- SOGo: a calendar that is removed and made anew under its name, between two syncs, looks unchanged. A listing from
  the start tells.
- DAViCal: the same, where the new calendar was filled with other events before the next sync.
- Xandikos and Cyrus make two categories of one that has a comma in its name.
- SOGo closes connections without saying so, and expects a web server in front of it, which every real installation has.
`
