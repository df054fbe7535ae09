import { beforeEach, describe, expect, test, vi } from 'vitest'
import { resolveService } from '../../src/node/resolve-service.js'

const dns = vi.hoisted(() => ({ resolveSrv: vi.fn(), resolveTxt: vi.fn() }))
vi.mock('node:dns/promises', () => dns)

const failing = (code: string): Error => Object.assign(new Error(code), { code })
const record = { name: 'dav.example.com', port: 8443, priority: 10, weight: 5 }

beforeEach(() => {
  dns.resolveSrv.mockReset()
  dns.resolveTxt.mockReset().mockRejectedValue(failing('ENODATA'))
})

describe('service records', () => {
  test('come with their priorities and weights', async () => {
    dns.resolveSrv.mockResolvedValue([record])
    expect(await resolveService('_caldavs._tcp.example.com')).toEqual([
      { host: 'dav.example.com', port: 8443, priority: 10, weight: 5 },
    ])
    expect(dns.resolveSrv).toHaveBeenCalledWith('_caldavs._tcp.example.com')
  })

  test.each([
    [[['path=/dav/']], '/dav/'],
    [[['other=1'], ['PATH=/d', 'av/']], '/dav/'],
    [[['nopath=/dav/']], undefined],
    [[['path=']], undefined],
  ])('beside the texts %j have the path %s', async (texts, path) => {
    dns.resolveSrv.mockResolvedValue([record])
    dns.resolveTxt.mockResolvedValue(texts)
    expect((await resolveService('x'))[0]?.path).toBe(path)
  })

  test('are there even when the texts cannot be read', async () => {
    dns.resolveSrv.mockResolvedValue([record])
    dns.resolveTxt.mockRejectedValue(failing('ESERVFAIL'))
    expect(await resolveService('x')).toHaveLength(1)
  })

  test.each(['ENODATA', 'ENOTFOUND'])('that are not there (%s) are none, and cost one lookup', async (code) => {
    dns.resolveSrv.mockRejectedValue(failing(code))
    expect(await resolveService('x')).toEqual([])
    expect(dns.resolveTxt).not.toHaveBeenCalled()
  })

  test.each(['ESERVFAIL', 'ETIMEOUT', 'ECONNREFUSED'])(
    'that could not be asked for (%s) are not none',
    async (code) => {
      dns.resolveSrv.mockRejectedValue(failing(code))
      await expect(resolveService('x')).rejects.toThrow(code)
    },
  )

  test('that say "nowhere" are passed on as that', async () => {
    dns.resolveSrv.mockResolvedValue([{ ...record, name: '' }])
    expect(await resolveService('x')).toMatchObject([{ host: '.' }])
  })
})
