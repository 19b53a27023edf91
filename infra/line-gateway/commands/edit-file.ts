// edit_file (MogileFS Q11): a new revision that begins with the bytes of the present one. Its
// client lets the node move `oldpath` to `newpath`, writes parts there, and closes. Until then the
// old revision is there for all readers, where MogileFS takes one copy of it away.
import { ticketInPath } from '#shared/ticket-in-path.ts'
import { Edit } from '#shared/wire/uploads.ts'
import { type Command, domainPath, needKey } from '../command.ts'

export const editFile: Command = {
  async run(call) {
    const { args, tracker, headers } = call
    const [path, key] = [`${domainPath(args)}/edits`, await needKey(call)]
    const query = { zone: args.get('zone') }
    const edit = await tracker.ask(Edit, { method: 'POST', path, query, json: { key }, headers })
    const { fid, deviceId, source, target } = edit
    return {
      oldpath: ticketInPath(source),
      newpath: ticketInPath(target),
      fid,
      devid: deviceId,
      class: edit.class,
    }
  },
}
