import { toText } from './base64url.js'

/**
 * Servers with many tenants have one description for all, whose issuer holds a placeholder. Which tenant somebody is of is
 * told by the ID token, and its issuer must be that tenant's.
 */
const placeholder = '{tenantid}'
const tenantId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Whether an issuer stands for all tenants of a server. */
export function hasTenants(issuer: string): boolean {
  return issuer.includes(placeholder)
}

/** The issuer of a tenant. */
export function issuerOf(template: string, tenant: string): string {
  return template.replace(placeholder, tenant)
}

/** Whether an answer that calls itself `named` may come from this server. */
export function isNamed(template: string, named: string): boolean {
  if (!hasTenants(template)) return named === template
  const [before = '', after = ''] = template.split(placeholder)
  if (!named.startsWith(before) || !named.endsWith(after)) return false
  return tenantId.test(named.slice(before.length, named.length - after.length))
}

/** The tenant in the ID token of an answer, before anything of it is checked; undefined when there is none. */
export async function tenantOf(response: Response): Promise<string | undefined> {
  try {
    const { id_token } = (await response.clone().json()) as { readonly id_token?: string }
    const { tid } = JSON.parse(toText(id_token?.split('.')[1] ?? '')) as { readonly tid?: unknown }
    return typeof tid === 'string' && tenantId.test(tid) ? tid : undefined
  } catch {
    return undefined // whoever reads the answer in earnest says what is wrong with it
  }
}
