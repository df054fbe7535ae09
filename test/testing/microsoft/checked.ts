import type { FakeMicrosoft } from '../../../src/testing/microsoft/index.js'
import { methods } from '../../../src/testing/microsoft/methods.js'
import { description, faultOf } from './openapi.js'

/** The types of what methods take and give, by the beginning of their names. */
const types: Readonly<Record<string, string>> = {
  events: 'event',
  calendarView: 'event',
  eventsDelta: 'event',
  calendars: 'calendar',
  calendarGroups: 'calendarGroup',
  subscriptions: 'subscription',
}

/** Asks the fake, and holds what it took and gave against the description of the API. */
export async function checkedFetch(microsoft: FakeMicrosoft, request: Request): Promise<Response> {
  const sent = await request.clone().text()
  const response = await microsoft.handle(request)
  const asked = microsoft.requests.at(-1)
  if (!description || asked?.method === undefined || !response.ok) return response
  const type = types[asked.method.split('.')[0] ?? '']
  if (type === undefined) return response
  if (request.method !== methods[asked.method].verb) throw new Error(`${asked.method} is no ${request.method}`)
  const isResource = /\.(?:create|update)$/.test(asked.method)
  if (isResource && sent !== '') fail(faultOf(type, JSON.parse(sent), 'request'), 'took')
  const text = await response.clone().text()
  if (!text.startsWith('{')) return response
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return response // a fault cut it
  }
  const { value } = body as { readonly value?: readonly unknown[] }
  for (const one of value ?? [body]) fail(faultOf(type, one, 'response'), 'gave')
  return response
}

function fail(fault: string | undefined, what: string): void {
  if (fault !== undefined) throw new Error(`the fake ${what} what the API does not have: ${fault}`)
}
