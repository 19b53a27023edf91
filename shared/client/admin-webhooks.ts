// Who is told of changes, as an operator says.
import { AddedWebhook, type NewWebhook, type WebhookChange, WebhookList } from '../wire/changes.ts'
import type { AdminOrders } from './admin-orders.ts'

export const webhooksAdmin = ({ list, order, make }: AdminOrders) => ({
  webhooks: {
    list: async () => list(WebhookList, 'webhooks'),
    add: async (wanted: NewWebhook | { domain: string; url: string }) =>
      make(AddedWebhook, 'webhooks', wanted),
    /** It changes with the trackers' own. */
    secret: async (webhookId: number) => list(AddedWebhook, `webhooks/${webhookId}/secret`),
    change: async (webhookId: number, change: WebhookChange) =>
      order('PATCH', `webhooks/${webhookId}`, change),
    delete: async (webhookId: number) => order('DELETE', `webhooks/${webhookId}`),
  },
})
