import type { FakeGoogle } from '../../../src/testing/google/index.js'
import { methods } from '../../../src/testing/google/methods.js'
import { description, faultOf, newerParameters } from './discovery.js'

/** Asks the fake, and holds what it took and gave against Google's description of the API. */
export async function checkedFetch(google: FakeGoogle, request: Request): Promise<Response> {
  const sent = await request.clone().text()
  const response = await google.handle(request)
  const asked = google.requests.at(-1)
  if (!description || asked?.method === undefined || !response.ok) return response
  const method = description.methods.get(asked.method)
  if (!method) throw new Error(`the API has no method ${asked.method}`)
  const url = new URL(request.url)
  for (const name of url.searchParams.keys()) {
    const isNewer = newerParameters[name]?.includes(asked.method)
    if (!method.parameters?.[name] && !description.parameters[name] && !isNewer)
      throw new Error(`${asked.method} has no parameter ${name}, and the fake took it`)
  }
  if (request.method !== methods[asked.method].verb) throw new Error(`${asked.method} is no ${request.method}`)
  if (method.request && sent !== '') fail(faultOf(method.request.$ref, JSON.parse(sent), 'request'), 'took')
  if (response.status === 204) {
    if (method.response) throw new Error(`${asked.method} gives a ${method.response.$ref}, and the fake gave nothing`)
    return response
  }
  const isPartial = url.searchParams.has('fields')
  if (method.response && !isPartial)
    fail(faultOf(method.response.$ref, await response.clone().json(), 'response'), 'gave')
  return response
}

function fail(fault: string | undefined, what: string): void {
  if (fault !== undefined) throw new Error(`the fake ${what} what the API does not have: ${fault}`)
}
