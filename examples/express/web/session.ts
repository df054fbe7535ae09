/** Somebody whom one may be in the demo. */
export interface Person {
  readonly id: string
  readonly name: string
}

/** Who is signed in to the demo, and what it has. */
export interface DemoSession {
  readonly people: readonly Person[]
  readonly person?: Person
  /** The services are fakes, so things may be broken on purpose. */
  readonly hasTroubles: boolean
}

/** A way of breaking something. */
export interface Trouble {
  readonly id: string
  readonly title: string
  readonly words: string
  readonly watchFor: string
}

async function ask<Answer>(method: string, path: string, body?: object): Promise<Answer> {
  const response = await fetch(`/demo${path}`, {
    method,
    headers: { 'x-calweave': '1', ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const answer: unknown = await response.json().catch(() => ({}))
  if (!response.ok) throw new Error((answer as { readonly title?: string }).title ?? 'This did not work.')
  return answer as Answer
}

export const readSession = (): Promise<DemoSession> => ask('GET', '/session')
export const signInAs = (userId: string): Promise<DemoSession> => ask('POST', '/session', { userId })
export const signOut = (): Promise<DemoSession> => ask('DELETE', '/session')
export const readTroubles = (): Promise<{ readonly troubles: readonly Trouble[] }> => ask('GET', '/troubles')
export const begin = (id: string): Promise<{ readonly said: string }> => ask('POST', `/troubles/${id}`, {})
/** Has the services of newly woven calendars tell of changes. */
export const watchCalendars = (): Promise<unknown> => ask('POST', '/watches', {})
