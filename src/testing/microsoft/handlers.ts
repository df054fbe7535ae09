import { windowsZones } from '../../model/windows-zones.js'
import { answerInvitation, cancelMeeting } from './answers.js'
import { createCalendar, deleteCalendar, getCalendar, listCalendars, listGroups, updateCalendar } from './calendars.js'
import { type Answer, type Call, contextOf, ok } from './call.js'
import { listDelta } from './delta.js'
import { assertReachable, eventOf, getEvent, listEvents, listInstances, listView, shown } from './event-list.js'
import { createEvent, deleteEvent, updateEvent } from './event-writes.js'
import { createExtension, deleteExtension, getExtension, updateExtension } from './extensions.js'
import type { MicrosoftMethod } from './methods.js'
import { badQuery, Refusal } from './refusals.js'
import type { MicrosoftEvent } from './resources.js'
import { type SubscriptionBody, subscriptionView } from './subscriptions.js'
import { calendarOf } from './world.js'

type Handler = (call: Call) => Answer | Promise<Answer>

/** What each method does. */
export const handlers: Readonly<Record<MicrosoftMethod, Handler>> = {
  'me.get': (call) => {
    const { mailbox } = call
    return ok({
      '@odata.context': `${call.url.origin}/v1.0/$metadata#users/$entity`,
      ...{ id: mailbox.userId, displayName: mailbox.name, mail: mailbox.email, userPrincipalName: mailbox.email },
    })
  },
  'mailboxSettings.get': (call) => {
    const { mailbox, url } = call
    if (url.pathname.endsWith('/timeZone'))
      return ok({ ...contextOf(call, 'mailboxSettings/timeZone'), value: mailbox.timeZone })
    return ok({ ...contextOf(call, 'mailboxSettings'), timeZone: mailbox.timeZone })
  },
  'timeZones.list': ({ url, path }) => {
    const { standard = 'Windows' } = path
    if (standard !== 'Windows' && standard !== 'Iana') throw badQuery(`There is no time zone standard '${standard}'.`)
    const names = standard === 'Iana' ? [...new Set(Object.values(windowsZones))] : Object.keys(windowsZones)
    return ok({
      '@odata.context': `${url.origin}/v1.0/$metadata#Collection(microsoft.graph.timeZoneInformation)`,
      value: names.map((alias) => ({ alias, displayName: alias })),
    })
  },
  'exchangeIds.translate': translate,
  'calendarGroups.list': listGroups,
  'calendars.list': listCalendars,
  'calendars.create': createCalendar,
  'calendars.get': getCalendar,
  'calendars.update': updateCalendar,
  'calendars.delete': deleteCalendar,
  'events.list': listEvents,
  'events.create': (call) =>
    shown(
      call,
      createEvent(
        call,
        calendarOf(call, call.path['calendarId']),
        call.body as MicrosoftEvent,
        call.prefer.isImmutable,
      ),
      201,
    ),
  'events.get': getEvent,
  'events.update': (call) => {
    eventOf(call)
    return shown(call, updateEvent(call, call.path['eventId'] ?? '', call.body as MicrosoftEvent, call.ifMatch))
  },
  'events.delete': (call) => {
    assertReachable(call)
    deleteEvent(call, call.path['eventId'] ?? '', call.ifMatch)
    return { code: 204 }
  },
  'events.permanentDelete': (call) => {
    assertReachable(call)
    deleteEvent(call, call.path['eventId'] ?? '', call.ifMatch, 'purged')
    return { code: 204 }
  },
  'events.instances': listInstances,
  'events.accept': (call) => answerInvitation(call, eventOf(call), 'accepted'),
  'events.tentativelyAccept': (call) => answerInvitation(call, eventOf(call), 'tentativelyAccepted'),
  'events.decline': (call) => answerInvitation(call, eventOf(call), 'declined'),
  'events.cancel': (call) => cancelMeeting(call, eventOf(call)),
  'extensions.get': getExtension,
  'extensions.create': createExtension,
  'extensions.update': updateExtension,
  'extensions.delete': deleteExtension,
  'calendarView.list': listView,
  'calendarView.delta': listDelta,
  'eventsDelta.list': listDelta,
  'subscriptions.list': (call) => {
    const { world, mailbox, url } = call
    const value = world.subscriptions.open(mailbox.email).map((one) => subscriptionView(one, mailbox.userId))
    return ok({ '@odata.context': `${url.origin}/v1.0/$metadata#subscriptions`, value })
  },
  'subscriptions.create': async (call) => {
    const { world, mailbox, body, prefer } = call
    const made = await world.subscriptions.create(mailbox, body as SubscriptionBody, prefer.isImmutable)
    return ok({ ...subscriptionContext(call), ...subscriptionView(made, mailbox.userId) }, 201)
  },
  'subscriptions.get': (call) => {
    const { world, mailbox, path } = call
    const one = world.subscriptions.need(mailbox, path['subscriptionId'] ?? '')
    return ok({ ...subscriptionContext(call), ...subscriptionView(one, mailbox.userId) })
  },
  'subscriptions.update': (call) => {
    const { world, mailbox, path, body } = call
    const one = world.subscriptions.renew(mailbox, path['subscriptionId'] ?? '', body as SubscriptionBody)
    return ok({ ...subscriptionContext(call), ...subscriptionView(one, mailbox.userId) })
  },
  'subscriptions.delete': ({ world, mailbox, path }) => {
    world.subscriptions.remove(mailbox, path['subscriptionId'] ?? '')
    return { code: 204 }
  },
  'subscriptions.reauthorize': ({ world, mailbox, path }) => {
    world.subscriptions.reauthorize(mailbox, path['subscriptionId'] ?? '')
    return { code: 204 }
  },
}

function subscriptionContext({ url }: Call): object {
  return { '@odata.context': `${url.origin}/v1.0/$metadata#subscriptions/$entity` }
}

/** Ids of one form in another one; those that nobody knows stay as they are, without an answer. */
function translate({ world, mailbox, body, url }: Call): Answer {
  const {
    inputIds = [],
    sourceIdType,
    targetIdType,
  } = body as {
    readonly inputIds?: readonly string[]
    readonly sourceIdType?: string
    readonly targetIdType?: string
  }
  const forms = ['restId', 'restImmutableEntryId']
  if (!forms.includes(sourceIdType ?? '') || !forms.includes(targetIdType ?? ''))
    throw badQuery('The fake translates between restId and restImmutableEntryId.')
  if (inputIds.length > 1_000) throw new Refusal('ErrorInvalidRequest', { message: 'At most 1000 ids at a time.' })
  const value = inputIds.flatMap((sourceId) => {
    const ref = world.ids.find(sourceId)
    const stored = ref && mailbox.find(ref.key)
    return stored ? [{ sourceId, targetId: world.ids.of(stored, ref?.date, targetIdType === forms[1]) }] : []
  })
  return ok({ '@odata.context': `${url.origin}/v1.0/$metadata#Collection(microsoft.graph.convertIdResult)`, value })
}
