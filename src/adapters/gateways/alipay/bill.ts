import type { BillPart, ReadBill } from '../../../application/reconciliation/bill.ts'
import { partsOf } from '../bill-parts.ts'
import { BillSource } from '../bill-source.ts'
import { detailBytes } from './bill-archive.ts'
import { DetailTable } from './detail-table.ts'

const ZIP = 'PK'

/** Reads the details of Alipay's bills, archived or taken out of the archive: the bytes tell, not the name. */
export const readAlipayBill: ReadBill = async function* (_format, content, reading = {}): AsyncGenerator<BillPart> {
  const source = new BillSource(content)
  const isArchive = (await source.bytes(0, ZIP.length)).toString('latin1') === ZIP
  const bytes = isArchive ? detailBytes(source) : source.read()
  yield* partsOf(source, bytes, new DetailTable(reading, { complete: isArchive }), reading)
}
