// Domains and their classes (MogileFS Q12 to Q15).
import { ChecksumKind } from '#shared/ids.ts'
import type { Fields } from '../codec.ts'
import { type Call, type Command, isTrue, need, wholeNumber } from '../command.ts'
import { LineRefusal } from '../refusals.ts'

export const createDomain: Command = {
  codes: { invalid_request: 'bad_params' },
  async run({ args, admin }) {
    const domain = need(args, 'domain', 'no_domain')
    await admin.domains.add(domain)
    return { domain }
  },
}

/** As in MogileFS, a domain goes only when its classes are gone; the default one goes with it. */
export const deleteDomain: Command = {
  codes: { unreg_domain: 'domain_not_found', invalid_request: 'domain_not_found' },
  async run(call) {
    const { args, admin } = call
    const domain = need(args, 'domain', 'no_domain')
    const known = await find(call, domain)
    if (known.classes.length > 1)
      throw new LineRefusal(
        (await isEmpty(call, domain)) ? 'domain_has_classes' : 'domain_has_files',
      )
    await admin.domains.delete(domain)
    return { domain }
  },
}

async function find({ admin }: Call, name: string) {
  const { domains } = await admin.domains.list()
  return domains.find((each) => each.name === name) ?? refuse('domain_not_found')
}

async function isEmpty({ tracker }: Call, domain: string): Promise<boolean> {
  const path = `/v1/domains/${encodeURIComponent(domain)}/files`
  const { text } = await tracker.send({ method: 'GET', path, query: { limit: 1 } })
  return text.includes('"files":[]')
}

const classCodes = {
  unreg_domain: 'domain_not_found',
  unreg_class: 'class_not_found',
  invalid_request: 'bad_params',
}

/** With `update` it changes the class. */
export const createClass: Command = {
  codes: classCodes,
  run: async (call) => (isTrue(call.args.get('update')) ? updateClass(call) : addClass(call)),
}

export const updateClassOf: Command = { codes: classCodes, run: async (call) => updateClass(call) }

async function addClass({ args, admin }: Call): Promise<Fields> {
  const { domain, name, copies, asked } = wanted(args)
  await admin.classes.add(domain, { name, copies, ...asked })
  return { class: name, mindevcount: copies, domain }
}

async function updateClass(call: Call): Promise<Fields> {
  const { args, admin } = call
  const { domain, name, copies, asked } = wanted(args)
  await find(call, domain)
  await admin.classes.change(domain, name, { copies, ...asked })
  return { class: name, mindevcount: copies, domain }
}

/** What is not said of policy and checksum stays, or is as for every new class. */
function wanted(args: Call['args']) {
  const domain = need(args, 'domain', 'no_domain')
  const name = need(args, 'class', 'no_class')
  const copies = wholeNumber(args.get('mindevcount')) ?? 0
  if (copies < 1) throw new LineRefusal('invalid_mindevcount')
  const policy = args.get('replpolicy') ?? ''
  const hash = args.get('hashtype') ?? ''
  const asked = {
    ...(policy !== '' && { policy: withArguments(policy) }),
    ...(hash !== '' && { checksumKind: kindOf(hash) }),
  }
  return { domain, name, copies, asked }
}

/** MogileFS takes a policy's name alone, too. */
const withArguments = (policy: string) => (policy.includes('(') ? policy : `${policy}()`)

function kindOf(hash: string): ChecksumKind {
  const kind = ChecksumKind.safeParse(hash === 'NONE' ? 'none' : hash)
  return kind.success ? kind.data : refuse('invalid_hashtype')
}

export const deleteClass: Command = {
  codes: classCodes,
  async run(call) {
    const { args, admin } = call
    const domain = need(args, 'domain', 'no_domain')
    const name = need(args, 'class', 'no_class')
    await find(call, domain)
    await admin.classes.delete(domain, name)
    return { domain, class: name }
  },
}

export const getDomains: Command = {
  isRead: true,
  async run({ admin }) {
    const { domains } = await admin.domains.list()
    const fields: Record<string, string | number> = { domains: domains.length }
    for (const [index, { name, classes }] of domains.entries()) {
      const domain = `domain${index + 1}`
      fields[domain] = name
      fields[`${domain}classes`] = classes.length
      for (const [at, each] of classes.entries()) {
        const its = `${domain}class${at + 1}`
        fields[`${its}name`] = each.name
        fields[`${its}mindevcount`] = each.copies
        fields[`${its}replpolicy`] = each.policy
        fields[`${its}hashtype`] = each.checksumKind === 'none' ? 'NONE' : each.checksumKind
      }
    }
    return fields
  },
}

function refuse(code: string): never {
  throw new LineRefusal(code)
}
