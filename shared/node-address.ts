// Addresses at which no node of anybody lives: a tracker asks nodes at the address that their
// agents say, and must not be led to a cloud's metadata service or to whole networks by one. Pure.
// What a name resolves to is not known here: that is for the network's own rules.
import { isWithin, parseMasks } from './netmask.ts'

const NOBODYS =
  '0.0.0.0/8, 169.254.0.0/16, 224.0.0.0/4, 240.0.0.0/4, ::/128, fe80::/10, ff00::/8, fd00:ec2::254'
/** The same IPv4 networks as a gateway unwraps them: compatible, translated, NAT64, 6to4. */
const WRAPPED = `::a9fe:0/112, ::e000:0/99,
  ::ffff:0:0:0/104, ::ffff:0:a9fe:0/112, ::ffff:0:e000:0/99,
  64:ff9b::/104, 64:ff9b::a9fe:0/112, 64:ff9b::e000:0/99,
  2002::/24, 2002:a9fe::/32, 2002:e000::/19`
const nobodys = parseMasks(`${NOBODYS}, ${WRAPPED}`) ?? []
/** `::ffff:169.254.1.1` as URL parsers write it. */
const MAPPED = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/

/** False for what is no URL, too. `0xA9FE0001` and its like are numbers after a URL parser. */
export function mayBeANode(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { hostname, username, password } = new URL(url)
  const address = plainIPv4(hostname.replaceAll(/^\[|\]$/g, ''))
  return username === '' && password === '' && !isWithin(nobodys, address)
}

function plainIPv4(address: string): string {
  const [, high, low] = MAPPED.exec(address) ?? []
  if (high === undefined || low === undefined) return address
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
  return [Math.trunc(a / 256), a % 256, Math.trunc(b / 256), b % 256].join('.')
}
