import type { BillPart, BillReading, ReadBill } from '../../../application/reconciliation/bill.ts'
import { type BillTable, partsOf } from '../bill-parts.ts'
import { BillSource, gunzipped } from '../bill-source.ts'
import { BacktickedTable } from './bill-table.ts'
import { TradeBill } from './trade-bill.ts'

const GZIP = Buffer.from('1f8b', 'hex')

/** Reads WeChat Pay's trade bills, packed or plain: the bytes tell, whatever somebody called them. */
export const readWechatBill: ReadBill = async function* (_format, content, reading = {}): AsyncGenerator<BillPart> {
  const source = new BillSource(content)
  yield* partsOf(source, await billBytes(source), tradeTable(reading), reading)
}

/** The text of a bill's file. */
export const billBytes = async (source: BillSource): Promise<AsyncIterable<Uint8Array>> => {
  const magic = await source.bytes(0, GZIP.length)
  return magic.equals(GZIP) ? gunzipped(source) : source.read()
}

const tradeTable = (reading: BillReading): BillTable => {
  const bill = new TradeBill(reading)
  const table = new BacktickedTable(bill, reading.wanted)
  return {
    rows: bill.rows,
    line: (bytes, start, end) => table.line(bytes, start, end),
    end: () => {
      table.end()
      return bill.head()
    },
  }
}
