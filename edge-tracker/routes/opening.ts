// Opening an upload: where its bytes may go, and the reasons where it is refused.

import type { DeviceView } from '#shared/device-view.ts'
import type { ChecksumKind, DeviceId, DomainName, Fid } from '#shared/ids.ts'
import { MAX_FILE_BYTES } from '#shared/limits.ts'
import { type Current, holdsFor, isConditional } from '#shared/preconditions.ts'
import { Problem } from '#shared/problems.ts'
import type { OpenRequest, Upload } from '#shared/wire/uploads.ts'
import { writeUrl } from '../auth/node-urls.ts'
import type { ClusterView } from '../cluster-view.ts'
import { kindsOfClasses } from '../db/classes.ts'
import { first, violates } from '../db/db.ts'
import { currentFile } from '../db/files.ts'
import type { OpenAsk, OpenedUpload } from '../db/uploads.ts'
import type { Deps } from '../deps.ts'
import { chooseTargets } from '../placement/choose-targets.ts'
import { exceeds } from '../placement/quota.ts'

/** An open as it will be asked of the database, with all of the devices in their order. */
export interface OpenPlan extends OpenAsk {
  ranked: readonly [DeviceView, ...DeviceView[]]
}

export interface OpenedAt {
  fid: Fid
  expiresAtMs: number
  /** Of the checksum that the nodes are to compute. */
  checksumKind: ChecksumKind
  /** Copies that must be durable before the close is answered. */
  commitAt: number
  /** In the order to try. */
  targets: DeviceView[]
}

/** `among`: on one of these devices, where that matters. */
export async function openAt(
  deps: Deps,
  domain: DomainName,
  request: OpenRequest,
  among?: readonly DeviceId[],
): Promise<OpenedAt> {
  const view = viewOf(await deps.view.get(), among)
  if (mustLookFirst(view, domain, request))
    expectRoomFor(view, domain, request, await first(deps.db, currentFile(domain, request.key)))
  const plan = await planOrJudge(deps, view, domain, request)
  const upload = await deps.uploads.open(plan).catch((error: unknown) => {
    // the class was deleted between our look at it and the check of the new row
    if (violates(error, "an upload's class belongs to its domain"))
      throw new Problem('unreg_class', { domain, class: request.class ?? 'default' })
    throw error
  })
  if (upload === undefined)
    throw judgeUnopened(domain, request, await deps.db.all(kindsOfClasses(domain)))
  return openedAt(upload, plan)
}

const viewOf = (view: ClusterView, among: readonly DeviceId[] | undefined): ClusterView =>
  among === undefined
    ? view
    : { ...view, devices: view.devices.filter(({ deviceId }) => among.includes(deviceId)) }

/** A name that is not there stays so when there is room again: it is told first. */
async function planOrJudge(
  deps: Deps,
  view: ClusterView,
  domain: DomainName,
  request: OpenRequest,
): Promise<OpenPlan> {
  try {
    return planOpen(deps, view, domain, request)
  } catch (error) {
    const why = judgeUnopened(domain, request, await deps.db.all(kindsOfClasses(domain)))
    throw why.code === 'invalid_hashtype' ? error : why
  }
}

export function planOpen(
  deps: Deps,
  { devices, settings, policies }: ClusterView,
  domain: DomainName,
  request: OpenRequest,
): OpenPlan {
  const policy = policies.get(`${domain}/${request.class ?? 'default'}`)
  const [best, ...others] = chooseTargets({
    devices,
    settings,
    bytes: request.bytes ?? request.roomBytes ?? 0,
    isSilent: (url) => deps.nodes.isSilent(url),
    random: deps.random,
    policy,
  })
  if (best === undefined) {
    deps.view.forget()
    throw new Problem('no_devices', { bytes: request.bytes ?? request.roomBytes ?? null })
  }
  const copies = policy?.policy.copies(policy.copies)
  return { domain, request, ranked: [best, ...others], copies, uploadMs: settings.uploadMs }
}

export const openedAt = (upload: OpenedUpload, { ranked }: OpenPlan): OpenedAt => ({
  ...upload,
  targets: ranked.slice(0, upload.deviceIds.length),
})

/** What the client is told: where to PUT, as long as it lasts. */
export function uploadAnswer(
  deps: Deps,
  opened: OpenedAt,
  request: OpenRequest,
  reached: (device: DeviceView) => string,
): Upload {
  const { bytes, parts } = request
  const { fid, expiresAtMs, checksumKind, commitAt, targets } = opened
  const ticket = {
    fid,
    expiresAtMs,
    checksumKind,
    maxBytes: bytes ?? MAX_FILE_BYTES,
    commit: false,
    ...(parts === true && { parts, bytes }),
  }
  return {
    fid,
    expiresAt: new Date(expiresAtMs).toISOString(),
    checksumKind,
    commitAt,
    targets: targets.map((device) => ({
      deviceId: device.deviceId,
      url: writeUrl(deps, device, ticket, reached(device)),
    })),
  }
}

/** Whether what the key holds now says if the file may come. */
export function mustLookFirst(
  { quotas }: ClusterView,
  domain: DomainName,
  request: OpenRequest,
): boolean {
  const quota = quotas.get(domain)
  return isConditional(request) || (quota !== undefined && exceeds(quota, request.bytes ?? 0))
}

/** Before bytes are sent in vain. It is the close that decides. */
export function expectRoomFor(
  { quotas }: ClusterView,
  domain: DomainName,
  request: OpenRequest,
  current: (Current & { bytes: number }) | undefined,
): void {
  const { key, bytes = 0 } = request
  if (!holdsFor(request, current))
    throw new Problem('precondition_failed', { domain, key, fid: current?.fid ?? null })
  const quota = quotas.get(domain)
  if (quota !== undefined && exceeds(quota, bytes, current))
    throw new Problem('quota_exceeded', { ...quota, wanted: bytes })
}

/** Why it was not opened: a name was not there, or its class keeps checksums of another kind. */
export function judgeUnopened(
  domain: DomainName,
  { class: name = 'default' }: OpenRequest,
  kinds: readonly { name: string; checksumKind: ChecksumKind }[],
): Problem {
  if (kinds.length === 0) return new Problem('unreg_domain', { domain })
  const known = kinds.find((each) => each.name === name)
  if (known === undefined) return new Problem('unreg_class', { domain, class: name })
  return new Problem('invalid_hashtype', { domain, class: name, checksumKind: known.checksumKind })
}
