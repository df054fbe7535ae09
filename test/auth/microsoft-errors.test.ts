import { describe, expect, test } from 'vitest'
import type { OAuthClient } from '../../src/auth/auth.js'
import { microsoftOAuth } from '../../src/auth/microsoft.js'
import { json } from './fake-server.js'
import { app } from './oidc-server.js'

const describing = (number: string): string =>
  `${number}: The user canary@example.com of Contoso may not do this. Trace ID: 1b2c Correlation ID: 3d4e`

function client(error: string, number: string): OAuthClient {
  return microsoftOAuth({ ...app, fetch: async () => json({ error, error_description: describing(number) }, 400) })
}

/** The person comes back from Microsoft's page with an error in place of a code. */
async function comesBack(error: string, number: string): Promise<unknown> {
  const microsoft = client(error, number)
  const { secrets } = await microsoft.begin({ mode: 'write' })
  const query = new URLSearchParams({ error, error_description: describing(number), state: 's' })
  const callback = new URL(`${app.redirectUri}?${query}`)
  return microsoft.complete({ callback, state: 's', mode: 'write', secrets }).catch((failure: unknown) => failure)
}

const renewal = (error: string, number: string): Promise<unknown> =>
  client(error, number)
    .refresh({ refreshToken: 'a refresh token' })
    .catch((failure: unknown) => failure)

describe('an organization that does not let its people allow an application themselves', () => {
  test.each(['AADSTS90093', 'AADSTS90094', 'AADSTS90095'])(
    'has its administrator named in the error (%s), and not the person sent through it again',
    async (number) => {
      for (const word of ['access_denied', 'consent_required', 'invalid_client'])
        expect(await comesBack(word, number)).toMatchObject({
          ...{ code: 'forbidden', reason: number },
          message: expect.stringMatching(/administrator.*admin consent/),
        })
    },
  )

  test('a person who is not assigned to the application is told who can do that', async () => {
    expect(await comesBack('interaction_required', 'AADSTS50105')).toMatchObject({
      ...{ code: 'forbidden', reason: 'AADSTS50105' },
      message: expect.stringContaining('assign'),
    })
  })
})

describe('a permission that was taken back', () => {
  test('ends the renewal with a sign-in, and says that an administrator may be needed', async () => {
    for (const word of ['invalid_grant', 'consent_required'])
      expect(await renewal(word, 'AADSTS65001')).toMatchObject({
        ...{ code: 'auth_expired', remedy: 'reauthorize', reason: 'AADSTS65001' },
        message: expect.stringContaining('administrator'),
      })
  })

  test('or never was given, as the person said no, can be given another time', async () => {
    expect(await comesBack('access_denied', 'AADSTS65004')).toMatchObject({
      ...{ code: 'forbidden', reason: 'AADSTS65004' },
      message: expect.stringContaining('Sign in again'),
    })
  })
})

test.each([
  ['invalid_grant', 'AADSTS700082'],
  ['invalid_grant', 'AADSTS50173'],
  ['invalid_grant', 'AADSTS70008'],
  ['invalid_grant', 'AADSTS700084'],
  ['interaction_required', 'AADSTS50076'],
  ['interaction_required', 'AADSTS50079'],
  ['invalid_grant', 'AADSTS53003'],
])('a refresh that ends with %s and %s needs the person', async (word, number) => {
  expect(await renewal(word, number)).toMatchObject({ code: 'auth_expired', reason: number })
})

test.each([
  ['invalid_client', 'AADSTS7000215', /value of the secret/],
  ['invalid_client', 'AADSTS7000222', /run out/],
  ['invalid_client', 'AADSTS7000218', /clientSecret/],
  ['unauthorized_client', 'AADSTS700016', /clientId/],
  ['invalid_request', 'AADSTS50194', /tenant/],
  ['invalid_grant', 'AADSTS50020', /tenant/],
])(
  'what is wrong with the application (%s, %s) is told to the host, and no person is asked to sign in',
  async (...of) => {
    const [word, number, says] = of
    expect(await renewal(word, number)).toMatchObject({
      ...{ code: 'invalid_input', reason: number, message: expect.stringMatching(says) },
    })
  },
)

test('no error repeats what Microsoft wrote beside the number', async () => {
  const all = [await comesBack('access_denied', 'AADSTS90094'), await renewal('invalid_grant', 'AADSTS65001')]
  for (const one of all) expect(JSON.stringify([one, String(one)])).not.toMatch(/canary|Contoso|Trace|Correlation/)
})

describe('a refresh token of Microsoft', () => {
  test('changes at every use, and the new one is handed on', async () => {
    const sent: string[] = []
    const microsoft = microsoftOAuth({
      ...app,
      fetch: async (input, init) => {
        sent.push(new URLSearchParams(await new Request(input, init).text()).get('refresh_token') ?? '')
        return json({ access_token: 'a', token_type: 'Bearer', expires_in: 3_600, refresh_token: `r${sent.length}` })
      },
    })
    const first = await microsoft.refresh({ refreshToken: 'r0' })
    await microsoft.refresh({ refreshToken: first.refreshToken?.reveal() ?? '' })
    expect(sent).toEqual(['r0', 'r1'])
  })

  test.each(['common', 'organizations', 'consumers', '9188040d-6c67-4c5b-b112-36a304b66dad'])(
    'is renewed where it was given: %s',
    async (tenant) => {
      let asked = ''
      const microsoft = microsoftOAuth({
        ...app,
        tenant,
        fetch: async (input, init) => {
          asked = new Request(input, init).url
          return json({ access_token: 'a', token_type: 'Bearer', expires_in: 3_600 })
        },
      })
      await microsoft.refresh({ refreshToken: 'r' })
      expect(asked).toBe(`https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`)
    },
  )
})
