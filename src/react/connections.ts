import type { AnswerOf, ClientProblem } from '../client/index.js'
import type { Connection, ConnectionStatus } from '../index.js'
import { useStore } from './context.js'
import { navigate } from './navigate.js'
import { type Action, useAction } from './use-action.js'
import { useRoute } from './use-route.js'

/** An account with how it is. */
export interface ShownConnection extends Connection {
  /** Absent until it is known. */
  readonly status?: ConnectionStatus
}

/** The accounts of the person. */
export interface Connections {
  readonly connections: readonly ShownConnection[]
  readonly isLoading: boolean
  readonly error: ClientProblem | undefined
  /** Lists the calendars of an account anew. */
  readonly refresh: Action<[connectionId: string], AnswerOf<'POST /connections/{connectionId}/refresh'>>
  /** Ends an account; `remove` takes our copies out of its calendars first. */
  readonly disconnect: Action<
    [connectionId: string, copies: 'keep' | 'remove'],
    AnswerOf<'DELETE /connections/{connectionId}'>
  >
  /** Signs in again at the service of an account: leaves the page. */
  readonly signInAgain: Action<[connectionId: string, returnTo?: string], void>
}

/** The connected accounts, each with how it is. */
export function useConnections(): Connections {
  const store = useStore()
  const { data, isLoading, error } = useRoute('GET /connections')
  const status = useRoute('GET /status').data
  const offers = useRoute('GET /session').data?.offers
  const connections = (data?.items ?? []).map((one): ShownConnection => {
    const known = status?.connections.find(({ connectionId }) => connectionId === one.id)
    return known ? { ...one, status: known } : one
  })
  return {
    connections,
    isLoading,
    error,
    refresh: useAction((connectionId: string) =>
      store.mutate('POST /connections/{connectionId}/refresh', { params: { connectionId } }),
    ),
    disconnect: useAction((connectionId: string, copies: 'keep' | 'remove') =>
      store.mutate('DELETE /connections/{connectionId}', { params: { connectionId }, query: { copies } }),
    ),
    signInAgain: useAction(async (id: string, returnTo?: string) => {
      const { provider, mode } = connections.find((one) => one.id === id) ?? {}
      const offer = offers?.find((one) => one.provider === provider && one.way === 'oauth')
      if (!offer) return
      const body = { offer: offer.id, id, ...(mode ? { mode } : {}), ...(returnTo ? { returnTo } : {}) }
      navigate((await store.mutate('POST /sign-ins', { body })).url)
    }),
  }
}
