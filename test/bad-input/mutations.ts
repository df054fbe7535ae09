import fc from 'fast-check'

/** One way to damage a text, on its bytes. Positions are shares of the whole, so that they fit after other damage. */
export type Mutation = (bytes: Uint8Array) => Uint8Array

/** Words that readers of calendars stumble over. */
const traps = [
  ...[
    '\r',
    '\n',
    '\r\n ',
    '\r\n\t',
    '\n\n',
    '\0',
    '\u0007',
    '\u0085',
    '\u2028',
    '\ufeff',
    '\ufffd',
    '\u202e',
    '\\',
    '\\n',
  ],
  ...[';', ':', ',', '"', '=', '^', '%', '/', '..', ';VALUE=DATE', ';VALUE=BINARY;ENCODING=BASE64', ';TZID=Nowhere'],
  ...[';TZID="(UTC+01:00) Rome, Paris"', ';RANGE=THISANDFUTURE', ';__PROTO__=x', '-1', '0', '99999999', '1e309', 'NaN'],
  ...['Z', 'T', '00000000T000000', '99991231T235959Z', '20260329T023000', '20261025T023000', '-P1D', 'P99999999W'],
  ...['\r\nBEGIN:VEVENT\r\n', '\r\nEND:VEVENT\r\n', '\r\nEND:VCALENDAR\r\n', ';COUNT=1;UNTIL=1', '<p>&amp;', 'mailto:'],
]

/** Lines that an event may have, and that say odd things beside the others. */
const lines = [
  ...[
    'RRULE:FREQ=SECONDLY',
    'RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
    'RRULE:FREQ=MONTHLY;BYDAY=-1SU,2MO;BYSETPOS=-1',
  ],
  ...['RRULE:FREQ=DAILY;COUNT=0', 'rrule:freq=weekly;', 'EXRULE:FREQ=DAILY', 'RDATE;VALUE=DATE:20260304,20260304,,'],
  ...['RDATE;VALUE=PERIOD:20260304T090000Z/PT1H,20260304T090000Z/20260304T080000Z', 'RDATE:20260329T023000'],
  ...['EXDATE;VALUE=DATE:20260304', 'EXDATE;TZID=Asia/Tokyo:20260309T170000', 'EXDATE:', 'EXDATE:20260231'],
  ...['DTSTART:20260304', 'DTSTART;TZID=Custom:20260329T023000', 'DTSTART;TZID=America/New_York:20261101T013000'],
  ...['DTSTART;VALUE=DATE:20260304T000000', 'DTEND:20200101T000000Z', 'DTEND;VALUE=DATE:20260305', 'DURATION:P1W'],
  ...['DURATION:-PT1S', 'DURATION:P99999999W', 'RECURRENCE-ID:20260304T090000Z', 'RECURRENCE-ID;VALUE=DATE:20260316'],
  ...['RECURRENCE-ID;RANGE=THISANDFUTURE:20260316T080000Z', 'UID:other', 'UID:', 'STATUS:CANCELLED', 'STATUS:X'],
  ...[
    'SEQUENCE:-1',
    'SEQUENCE:1e309',
    'SUMMARY:',
    'SUMMARY:\\',
    'SUMMARY:a\\nb\\,c\\;d\\\\',
    'DESCRIPTION:\\x\\',
    'LOCATION; :x',
  ],
  ...[
    'ATTENDEE;CN="a^nb^\'^^":mailto:a@b',
    'ATTENDEE;CN=a\\nb:MAILTO:a@B',
    'ATTENDEE:x',
    'ORGANIZER:mailto:',
    'ORGANIZER;CN=:a@b',
  ],
  ...[
    'CATEGORIES:,\\,,',
    'CATEGORIES:a\\',
    'GEO:91;181',
    'GEO:1;2',
    'PRIORITY:10',
    'COLOR:#FFF',
    'COLOR:RED',
    'URL:a b',
    'URL: ',
  ],
  ...[
    'ATTACH:',
    'ATTACH;FMTTYPE="a,b":x',
    'ATTACH;VALUE=BINARY:x',
    'CONFERENCE;LABEL=:x',
    'CONFERENCE:',
    'CLASS:',
    'CLASS:X',
  ],
  ...['TRANSP:X', 'X-MICROSOFT-CDO-BUSYSTATUS:OOF', 'X-MICROSOFT-CDO-ALLDAYEVENT:TRUE', 'X-CALWEAVE-MARK:e30'],
  ...['X-CALWEAVE-DEFAULT-REMINDERS:TRUE', 'TRIGGER:PT0S', 'TRIGGER;VALUE=DATE-TIME:20260304T080000', 'ACTION:EMAIL'],
  ...[
    'BEGIN:VALARM\r\nACTION:AUDIO\r\nTRIGGER;RELATED=END:P1DT1S\r\nEND:VALARM',
    '__PROTO__:x',
    'CONSTRUCTOR;__PROTO__=x:y',
  ],
  ...[
    'TZID:Custom',
    'TZOFFSETTO:+9999',
    'TZOFFSETFROM:+0000',
    'VERSION:1.0',
    'METHOD:CANCEL',
    'CALSCALE:CHINESE',
    ' ',
    '\t',
  ],
]

// Without bias: the middle of a text has to be hit as often as its first letter, after which nothing is read.
const share: fc.Arbitrary<number> = fc.noBias(fc.nat(9_999)).map((n) => n / 10_000)
const place = (length: number, at: number) => Math.min(length, Math.floor(at * (length + 1)))

export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 1, arbitrary: share.map(cut) },
  {
    weight: 1,
    arbitrary: fc.tuple(share, fc.uint8Array({ minLength: 1, maxLength: 6 })).map(([at, bytes]) => put(at, bytes)),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(share, fc.string({ unit: 'binary', maxLength: 6 })).map(([at, text]) => put(at, utf8(text))),
  },
  { weight: 8, arbitrary: fc.tuple(share, fc.constantFrom(...traps)).map(([at, trap]) => put(at, utf8(trap))) },
  { weight: 8, arbitrary: fc.tuple(share, fc.constantFrom(...lines)).map(([at, line]) => putLine(at, line)) },
  { weight: 3, arbitrary: fc.tuple(share, fc.integer({ min: 1, max: 40 })).map(([at, count]) => drop(at, count)) },
  {
    weight: 3,
    arbitrary: fc.tuple(share, fc.integer({ min: 1, max: 400 })).map(([at, times]) => repeatLine(at, times)),
  },
  { weight: 3, arbitrary: fc.tuple(share, share).map(([from, to]) => moveLine(from, to)) },
  { weight: 1, arbitrary: fc.tuple(share, fc.integer({ min: 1, max: 5_000 })).map(([at, depth]) => nest(at, depth)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(share, fc.constantFrom('x', ',', ';', '"', '\\', ' ', 'é', '\r\n ', '\r', 'a=b;', '1,'), fc.nat(60_000))
      .map(([at, part, times]) => put(at, utf8(part.repeat(times)))),
  },
)

function cut(at: number): Mutation {
  return (bytes) => bytes.slice(0, place(bytes.length, at))
}

function put(at: number, what: Uint8Array): Mutation {
  return (bytes) => {
    const where = place(bytes.length, at)
    return joined(bytes.slice(0, where), what, bytes.slice(where))
  }
}

function putLine(at: number, line: string): Mutation {
  return onLines((all) => all.toSpliced(place(all.length - 1, at), 0, line))
}

function drop(at: number, count: number): Mutation {
  return (bytes) => {
    const where = place(bytes.length, at)
    return joined(bytes.slice(0, where), bytes.slice(where + count))
  }
}

function repeatLine(at: number, times: number): Mutation {
  return onLines((all) => {
    const index = place(all.length - 1, at)
    return all.toSpliced(index, 0, ...Array.from({ length: times }, () => all[index] ?? ''))
  })
}

function moveLine(from: number, to: number): Mutation {
  return onLines((all) => {
    const [index, target] = [place(all.length - 1, from), place(all.length - 1, to)]
    const rest = all.toSpliced(index, 1)
    return rest.toSpliced(target, 0, all[index] ?? '')
  })
}

function nest(at: number, depth: number): Mutation {
  return onLines((all) => {
    const index = place(all.length - 1, at)
    const open = Array.from({ length: depth }, () => 'BEGIN:VALARM')
    const close = depth > 12 ? [] : Array.from({ length: depth }, () => 'END:VALARM')
    return all.toSpliced(index, 0, ...open, ...close)
  })
}

/** Bytes that are not UTF-8 have to survive: every byte is one letter here. */
function onLines(change: (lines: readonly string[]) => readonly string[]): Mutation {
  return (bytes) => {
    const lines = Buffer.from(bytes).toString('latin1').split('\r\n')
    return Uint8Array.from(Buffer.from(change(lines).join('\r\n'), 'latin1'))
  }
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts))
}
