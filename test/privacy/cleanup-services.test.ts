import { expect, test } from 'vitest'
import { fourServices, type Service, services } from '../support/four-services.js'
import { content, daily } from '../support/world.js'

test('after a lost database every copy is found at Google, Microsoft, Apple and here, and nothing that people made', async () => {
  const on = await fourServices()
  for (const service of services) {
    await on.add(service, content(`Lunch at ${service}`))
    await on.add(service, daily(`Series at ${service}`))
  }
  await on.settle()
  for (const service of services) expect((await on.titles())[service]).toHaveLength(8)
  expect(await on.cleanUp()).toBe(24)
  const left = await on.titles()
  const own = (service: Service) => [`Lunch at ${service}`, `Series at ${service}`]
  for (const service of services) expect([...left[service]].sort(), service).toEqual(own(service))
  expect(await on.cleanUp()).toBe(0)
  expect(on.mails()).toEqual([])
})
