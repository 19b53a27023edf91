// Networks as operators write them: `10.0.0.0/8, 192.168.7.1, fd00::/8`. Pure.

interface Network {
  bits: bigint
  /** 32 or 128. */
  width: number
  prefix: number
}

/** Undefined where any of them is no network. */
export function parseMasks(text: string): readonly Network[] | undefined {
  const networks = text
    .split(/[\s,]+/)
    .filter((part) => part !== '')
    .map(parseNetwork)
  const known = networks.filter((network) => network !== undefined)
  return known.length === networks.length && known.length > 0 ? known : undefined
}

export function isWithin(networks: readonly Network[], address: string): boolean {
  const found = parseAddress(address)
  if (found === undefined) return false
  return networks.some(({ bits, width, prefix }) => {
    const rest = BigInt(width - prefix)
    return width === found.width && bits >> rest === found.bits >> rest
  })
}

function parseNetwork(text: string): Network | undefined {
  const [base = '', length, ...more] = text.split('/')
  const address = parseAddress(base)
  if (address === undefined || more.length > 0) return undefined
  const prefix = length === undefined ? address.width : Number(length)
  const fits = /^\d{1,3}$/.test(length ?? '0') && prefix <= address.width
  return fits ? { ...address, prefix } : undefined
}

/** An IPv4 address in IPv6's clothes is what it wears them over. */
function parseAddress(text: string): Omit<Network, 'prefix'> | undefined {
  const inner = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text)?.[1] ?? text
  return inner.includes(':') ? parseIPv6(inner) : parseIPv4(inner)
}

function parseIPv4(text: string): Omit<Network, 'prefix'> | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256))
    return undefined
  return { bits: parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n), width: 32 }
}

const IPV6_GROUPS = 8

function parseIPv6(text: string): Omit<Network, 'prefix'> | undefined {
  const halves = text.split('::').map((half) => (half === '' ? [] : half.split(':')))
  const [head = [], tail = []] = halves
  const missing = IPV6_GROUPS - head.length - tail.length
  const isWhole = halves.length === 1 ? missing === 0 : halves.length === 2 && missing > 0
  const groups = [...head, ...Array.from({ length: Math.max(missing, 0) }, () => '0'), ...tail]
  if (!isWhole || !groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined
  return {
    bits: groups.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n),
    width: 128,
  }
}
