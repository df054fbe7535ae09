import { useEffect, useRef, useState } from 'react'
import type { AnswerOf, ClientProblem } from '../client/index.js'
import type { AccessMode, Connection, Member, NewMember, Projection, SyncGroup } from '../index.js'
import { type ShownCalendar, useCalendars } from './calendars.js'
import { useStore } from './context.js'
import { navigate } from './navigate.js'
import { type Action, useAction } from './use-action.js'
import { useRoute } from './use-route.js'

/** A kind of account that may be connected. */
export type ShownOffer = AnswerOf<'GET /session'>['offers'][number]

/** What a sync would do. */
export type PlanView = AnswerOf<'POST /groups/{groupId}/plan'>

/** Where the wizard is, in this order. */
export type ConnectStep = 'service' | 'signIn' | 'calendars' | 'direction' | 'preview' | 'done'

/** All steps. */
export const connectSteps: readonly ConnectStep[] = ['service', 'signIn', 'calendars', 'direction', 'preview', 'done']

/** A calendar that was chosen. */
export interface ChosenCalendar {
  readonly calendarId: string
  readonly direction: Member['direction']
  readonly show: Projection['show']
}

/** How the wizard begins. */
export interface ConnectOptions {
  /**
   * The query of this page, e.g. `?connected=...` after a sign-in came back: the wizard goes on with the calendars then.
   * @default that of `location`, read once the page is there
   */
  readonly search?: string
  /** Where a sign-in comes back to; one of the paths that the server allows. @default the first of them */
  readonly returnTo?: string
  /** Called when calendars are kept in step. */
  readonly onDone?: (group: SyncGroup) => void
}

/** The way from no account to calendars that are kept in step. Nothing is written to any calendar before `confirm`. */
export interface Connect {
  readonly step: ConnectStep
  /** What may be connected. */
  readonly offers: readonly ShownOffer[]
  /** What is being connected. */
  readonly offer: ShownOffer | undefined
  chooseOffer(offer: ShownOffer): void
  /** Goes on with calendars of accounts that are connected already. */
  skip(): void
  /** What the person is asked to allow. */
  readonly mode: AccessMode
  setMode(mode: AccessMode): void
  /** What the person filled in, by the names of the offer's fields. */
  readonly values: Readonly<Record<string, string>>
  setValue(name: string, value: string): void
  /** All fields are filled in that have to be. */
  readonly canConnect: boolean
  /** Connects the account; for a sign-in it leaves the page. */
  readonly connect: Action<[], void>
  /** The account that was connected. */
  readonly connection: Connection | undefined
  /** All calendars, those of the new account first. */
  readonly calendars: readonly ShownCalendar[]
  readonly chosen: readonly ChosenCalendar[]
  toggle(calendarId: string): void
  set(calendarId: string, change: Partial<Omit<ChosenCalendar, 'calendarId'>>): void
  readonly name: string
  setName(name: string): void
  /** Two calendars or more, something can be read, and something written. */
  readonly canPreview: boolean
  /** Makes the group, held back, and asks what its first sync would do. */
  readonly preview: Action<[], void>
  readonly plan: PlanView | undefined
  /** Lets it begin. */
  readonly confirm: Action<[], void>
  /** Goes on from the choice of calendars to their directions. */
  next(): void
  back(): void
  /** Gives up: the group that was prepared goes away; an account that was connected stays. */
  cancel(): void
  /** Why the last step did not work. */
  readonly problem: ClientProblem | undefined
  /** The code of a sign-in that came back without success. */
  readonly returnedProblem: string | undefined
  readonly isLoading: boolean
  /** Something is being done. */
  readonly isBusy: boolean
}

interface State {
  readonly step: ConnectStep
  readonly offerId?: string
  readonly mode?: AccessMode
  readonly values: Readonly<Record<string, string>>
  readonly connectionId?: string
  readonly chosen: readonly ChosenCalendar[]
  readonly name?: string
  readonly plan?: PlanView
  readonly returnedProblem?: string
}

const start: State = { step: 'service', values: {}, chosen: [] }

/** Keeps a group from being synced while a person looks at what would happen. */
const previewPause = 'preview'

/** The connection wizard, without a look. See {@link ConnectWizard}. */
export function useConnect({ search, returnTo, onDone }: ConnectOptions = {}): Connect {
  const { client, mutate } = useStore()
  const session = useRoute('GET /session')
  const connections = useRoute('GET /connections').data?.items ?? []
  const all = useCalendars()
  const [state, setState] = useState<State>(start)
  const change = (next: Partial<State>) => setState((before) => ({ ...before, ...next }))
  /** The group that is being prepared. */
  const draft = useRef<string>(undefined)

  // After the page is there: a server does not know the query, and its first picture has to be the same.
  useEffect(() => {
    const query = new URLSearchParams(search ?? location.search)
    const connectionId = query.get('connected')
    const returnedProblem = query.get('problem')
    if (connectionId) setState((before) => ({ ...before, step: 'calendars', connectionId }))
    else if (returnedProblem) setState((before) => ({ ...before, returnedProblem }))
  }, [search])

  const forget = async () => {
    const groupId = draft.current
    draft.current = undefined
    if (groupId !== undefined)
      await client.call('DELETE /groups/{groupId}', { params: { groupId }, query: { copies: 'keep' } })
  }
  useEffect(
    () => () => {
      // Whoever leaves the wizard has not confirmed; what cannot be deleted now stays paused.
      const groupId = draft.current
      if (groupId === undefined) return
      client.call('DELETE /groups/{groupId}', { params: { groupId }, query: { copies: 'keep' } }).catch(() => undefined)
    },
    [client],
  )

  const { step, values, chosen, connectionId, plan } = state
  const offer = session.data?.offers.find(({ id }) => id === state.offerId)
  const mode = state.mode ?? offer?.modes[0] ?? 'write'
  const isOwn = (one: ShownCalendar) => one.connectionId === connectionId
  const calendars = [...all.calendars.filter(isOwn), ...all.calendars.filter((one) => !isOwn(one))]
  const name = state.name ?? chosen.map(({ calendarId }) => all.nameOf(calendarId)).join(' + ')

  const connect = useAction(async () => {
    if (!offer) return
    if (offer.way === 'oauth') {
      const body = { offer: offer.id, mode, ...(returnTo === undefined ? {} : { returnTo }) }
      navigate((await client.call('POST /sign-ins', { body })).url)
      return
    }
    const { connection } = await mutate('POST /connections', { body: { offer: offer.id, fields: values } })
    // What was typed in, a password maybe, is not needed any more.
    change({ step: 'calendars', connectionId: connection.id, values: {} })
  })

  const preview = useAction(async () => {
    await forget()
    // A service that tells of a change has even a group synced that waits for a person otherwise: so it is paused, too.
    const body = { name, members: chosen.map(memberOf), schedule: 'manual' as const, paused: previewPause }
    const group = await client.call('POST /groups', { body })
    draft.current = group.id
    change({
      step: 'preview',
      plan: await client.call('POST /groups/{groupId}/plan', { params: { groupId: group.id } }),
    })
  })

  const confirm = useAction(async () => {
    const groupId = draft.current
    if (groupId === undefined) return
    const params = { groupId }
    const group = await client.call('PATCH /groups/{groupId}', { params, body: { schedule: { every: 900_000 } } })
    await client.call('POST /pauses/clear', { body: { scope: { group: groupId }, reason: previewPause } })
    draft.current = undefined
    change({ step: 'done' })
    onDone?.(group)
    await mutate('POST /groups/{groupId}/sync', { params })
  })

  const actions = [connect, preview, confirm]
  const goTo = (next: ConnectStep) => {
    for (const action of actions) action.clear()
    change({ step: next })
  }

  return {
    step,
    offers: session.data?.offers ?? [],
    offer,
    chooseOffer: ({ id }) => {
      setState({ ...start, step: 'signIn', offerId: id })
      connect.clear()
    },
    skip: () => goTo('calendars'),
    mode,
    setMode: (mode) => change({ mode }),
    values,
    setValue: (name, value) => setState((before) => ({ ...before, values: { ...before.values, [name]: value } })),
    canConnect: offer?.fields.every(({ name, isRequired = true }) => !isRequired || values[name]) ?? false,
    connect,
    connection: connections.find(({ id }) => id === connectionId),
    calendars,
    chosen,
    toggle: (calendarId) => {
      const isThere = chosen.some((one) => one.calendarId === calendarId)
      const direction = all.find(calendarId)?.access === 'read' ? 'read' : 'both'
      change({
        chosen: isThere
          ? chosen.filter((one) => one.calendarId !== calendarId)
          : [...chosen, { calendarId, direction, show: 'everything' }],
      })
    },
    set: (calendarId, given) =>
      change({ chosen: chosen.map((one) => (one.calendarId === calendarId ? { ...one, ...given } : one)) }),
    name,
    setName: (name) => change({ name }),
    canPreview:
      chosen.length >= 2 &&
      chosen.some(({ direction }) => direction !== 'write') &&
      chosen.some(({ direction }) => direction !== 'read'),
    preview,
    plan,
    confirm,
    next: () => goTo('direction'),
    back: () => {
      const before = connectSteps[connectSteps.indexOf(step) - 1] ?? 'service'
      // A sign-in that worked is not asked for again.
      goTo(before === 'signIn' && (connectionId !== undefined || !offer) ? 'service' : before)
    },
    cancel: () => {
      for (const action of actions) action.clear()
      setState(start)
      forget().catch(() => undefined)
    },
    problem: actions.find(({ problem }) => problem)?.problem,
    returnedProblem: state.returnedProblem,
    isLoading: session.isLoading || all.isLoading,
    isBusy: actions.some(({ isRunning }) => isRunning),
  }
}

function memberOf({ calendarId, direction, show }: ChosenCalendar): NewMember {
  return { calendarId, direction, ...(show === 'everything' ? {} : { projection: { show } }) }
}
