/** Whom an error of Microsoft's sign-in is for, beside the person who signs in. */
type Audience = 'administrator' | 'host' | 'person'

export interface Advice {
  readonly audience: Audience
  /** What is the matter, and what to do. */
  readonly text: string
}

/**
 * What to do about an error that Microsoft gives a number, such as `AADSTS65001`; undefined for those that say nothing more
 * than their word does. Several of them are shown on Microsoft's own page as a rule, and come back when that page is left.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
export function microsoftAdvice(reason: string): Advice | undefined {
  return advice.get(reason)
}

const approval =
  'an administrator of this organization has to allow the application first, at the address of "admin consent". Then the person signs in again.'

/** General knowledge and Microsoft's list of errors; with which OAuth error each of them comes is not relied on. */
const advice: ReadonlyMap<string, Advice> = new Map<string, Advice>([
  [
    'AADSTS65001',
    {
      audience: 'person',
      text: 'nobody has allowed this to the application, or the permission was taken back. Sign in again and allow it; where the page asks for an administrator, that one has to allow the application first.',
    },
  ],
  ['AADSTS65004', { audience: 'person', text: 'the person did not allow it. Sign in again and accept.' }],
  ['AADSTS90090', { audience: 'person', text: 'Microsoft could not write the permission down. Sign in again.' }],
  ['AADSTS90093', { audience: 'administrator', text: approval }],
  ['AADSTS90094', { audience: 'administrator', text: approval }],
  ['AADSTS90095', { audience: 'administrator', text: approval }],
  [
    'AADSTS50105',
    {
      audience: 'administrator',
      text: 'an administrator of this organization has to assign this person to the application first.',
    },
  ],
  [
    'AADSTS53003',
    {
      audience: 'administrator',
      text: 'a rule of the organization (conditional access) does not let this in. Its administrator can say why.',
    },
  ],
  [
    'AADSTS50020',
    {
      audience: 'host',
      text: 'this account is not of the tenant that was asked. Set `tenant` to common, organizations or consumers, as the application is registered, or take an account of that tenant.',
    },
  ],
  [
    'AADSTS50194',
    {
      audience: 'host',
      text: 'the application is registered for one tenant only. Set `tenant` to its id, or register the application for several.',
    },
  ],
  [
    'AADSTS700016',
    {
      audience: 'host',
      text: 'the tenant does not know this application. Check clientId and `tenant`; in another tenant somebody has to allow the application first.',
    },
  ],
  ['AADSTS50011', { audience: 'host', text: 'redirectUri is not registered with the application, letter by letter.' }],
  [
    'AADSTS7000215',
    { audience: 'host', text: 'clientSecret is wrong. It is the value of the secret, and not its id.' },
  ],
  ['AADSTS7000222', { audience: 'host', text: 'clientSecret has run out. Make a new one where the application is.' }],
  [
    'AADSTS7000218',
    { audience: 'host', text: 'the application is registered as one with a secret. Set clientSecret.' },
  ],
])
