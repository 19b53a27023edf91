// Domains, their classes, and the keys that open them, as an operator changes them.
import type * as z from 'zod'
import {
  AddedApiKey,
  ApiKey,
  type ApiKeyChange,
  ApiKeyList,
  type ClassChange,
  type DomainChange,
  DomainList,
  type NewApiKey,
  type NewClass,
  type NewDomain,
} from '../wire/admin.ts'
import type { AdminOrders } from './admin-orders.ts'
import { segment } from './names-in-urls.ts'

const domainAt = (domain: string) => `domains/${segment(domain)}`
const classesOf = (domain: string) => `${domainAt(domain)}/classes`
const classAt = (domain: string, name: string) => `${classesOf(domain)}/${segment(name)}`

export const namespaceAdmin = ({ list, order, make, ...orders }: AdminOrders) => ({
  domains: {
    list: async () => list(DomainList, 'domains'),
    add: async (name: string, quotas: Omit<z.input<typeof NewDomain>, 'name'> = {}) =>
      order('POST', 'domains', { name, ...quotas }),
    change: async (name: string, change: z.input<typeof DomainChange>) =>
      order('PATCH', domainAt(name), change),
    delete: async (name: string) => order('DELETE', domainAt(name)),
  },
  classes: {
    add: async (domain: string, asked: z.input<typeof NewClass>) =>
      order('POST', classesOf(domain), asked),
    change: async (domain: string, name: string, change: z.input<typeof ClassChange>) =>
      order('PATCH', classAt(domain, name), change),
    delete: async (domain: string, name: string) => order('DELETE', classAt(domain, name)),
  },
  keys: {
    list: async () => list(ApiKeyList, 'keys'),
    add: async (key: z.input<typeof NewApiKey>) => make(AddedApiKey, 'keys', key),
    change: async (apiKeyId: number, news: z.input<typeof ApiKeyChange>) =>
      orders.change(ApiKey, 'PATCH', `keys/${apiKeyId}`, news),
    delete: async (apiKeyId: number) => order('DELETE', `keys/${apiKeyId}`),
    /** Lets it delete again that was braked. */
    release: async (apiKeyId: number) => order('DELETE', `keys/${apiKeyId}/brake`),
  },
})
