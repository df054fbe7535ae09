import type { Attendee, Organizer } from '../model/content.js'
import { oneLine, type Property, paramOf } from './content-line.js'
import { type FieldCodec, listField, singleField, withParams } from './field-codec.js'

/** @see RFC 5545 section 3.8.4.1 */
export const attendees: FieldCodec<readonly Attendee[]> = listField<Attendee>({
  names: ['ATTENDEE'],
  key: (attendee) => attendee.email,
  read(property) {
    const email = emailOf(property)
    if (email === undefined) return undefined
    const name = paramOf(property, 'cn')
    return {
      email,
      ...(name !== undefined && { name }),
      role: find(roles, paramOf(property, 'role')) ?? 'required',
      status: find(statuses, paramOf(property, 'partstat')) ?? 'needs_action',
      type: typeOf(paramOf(property, 'cutype')),
    }
  },
  write: (attendee, base) => ({
    ...base,
    params: withParams(base.params, {
      cn: attendee.name,
      role: roles[attendee.role],
      partstat: statuses[attendee.status],
      cutype: types[attendee.type],
    }),
    value: base.value === '' ? `mailto:${oneLine(attendee.email)}` : base.value,
  }),
})

/** @see RFC 5545 section 3.8.4.3 */
export const organizer: FieldCodec<Organizer | null> = singleField<Organizer | null>({
  names: ['ORGANIZER'],
  neutral: null,
  read(property) {
    const email = emailOf(property)
    const name = paramOf(property, 'cn')
    return email === undefined ? undefined : { email, ...(name !== undefined && { name }) }
  },
  write(value, base) {
    if (value === null) return undefined
    const kept = emailOf(base) === value.email ? base : { name: 'ORGANIZER', params: {}, value: '' }
    return {
      ...kept,
      params: withParams(kept.params, { cn: value.name }),
      value: kept.value === '' ? `mailto:${oneLine(value.email)}` : kept.value,
    }
  },
})

const roles: Readonly<Record<Attendee['role'], string>> = {
  chair: 'CHAIR',
  required: 'REQ-PARTICIPANT',
  optional: 'OPT-PARTICIPANT',
  non_participant: 'NON-PARTICIPANT',
}

const statuses: Readonly<Record<Attendee['status'], string>> = {
  needs_action: 'NEEDS-ACTION',
  accepted: 'ACCEPTED',
  declined: 'DECLINED',
  tentative: 'TENTATIVE',
  delegated: 'DELEGATED',
}

const types: Readonly<Record<Attendee['type'], string>> = {
  individual: 'INDIVIDUAL',
  group: 'GROUP',
  resource: 'RESOURCE',
  room: 'ROOM',
  unknown: 'UNKNOWN',
}

/** A mail address, lower case. Servers with addresses of their own (a path, a urn) give the mail in EMAIL. */
function emailOf(property: Property): string | undefined {
  const address = oneLine(property.value)
    .replace(/^mailto:/i, '')
    .trim()
  const email = (address.includes('@') ? address : (paramOf(property, 'email') ?? '')).toLowerCase()
  return email.includes('@') && email.length <= 320 ? email : undefined
}

function find<Name extends string>(words: Readonly<Record<Name, string>>, word: string | undefined): Name | undefined {
  return (Object.keys(words) as Name[]).find((name) => words[name] === word?.toUpperCase())
}

/** Types that we do not know are not taken for people. */
function typeOf(word: string | undefined): Attendee['type'] {
  return word === undefined ? 'individual' : (find(types, word) ?? 'unknown')
}
