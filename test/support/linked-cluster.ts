// A cluster of which clients reach each node by a wire that a test can cut.
import type { Upload } from '#shared/wire/uploads.ts'
import { Link } from './link.ts'
import { type LocalCluster, localCluster } from './local-cluster.ts'
import { untilTrue } from './until-true.ts'
import { abortUpload, openUpload } from './upload-steps.ts'

export interface LinkedCluster extends LocalCluster {
  /** In the order of the agents. */
  links: readonly Link[]
  /** Of the node that an upload turns to first. */
  linkOf(upload: Upload): Link
}

export async function linkedCluster(hosts: number): Promise<LinkedCluster> {
  await using parts = new AsyncDisposableStack()
  const cluster = parts.use(await localCluster({ hosts, devicesPerHost: 1 }))
  const links: Link[] = []
  for (const { host, url } of cluster.agents) {
    const link = parts.use(await Link.to(url))
    links.push(link)
    await cluster.admin.admin.hosts.change(host, { publicUrl: link.url })
  }
  const areLinked = async () => {
    const upload = await openUpload(cluster, 'is it linked')
    await abortUpload(cluster, upload)
    return upload.targets.every(({ url }) => links.some((link) => url.startsWith(link.url)))
  }
  await untilTrue(areLinked, 'nodes are reached by their links')
  const running = parts.move()
  return Object.assign(cluster, {
    links,
    linkOf({ targets: [first] }: Upload) {
      const found = links.find(({ url }) => first?.url.startsWith(url) === true)
      if (found === undefined) throw new Error(`${first?.url} is no link`)
      return found
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  })
}
