import type { DoctorCheckName, Finding } from '../../domain/doctor.ts'

/** One kind of thing to look at; what it can't find out is a finding too, and only a bug throws. */
export type DoctorCheck = { readonly name: DoctorCheckName; run(): Promise<readonly Finding[]> }

/** The gateways that send callbacks. */
export type CallbackProvider = 'wechat' | 'alipay'

/** An address at which a gateway is told to announce things, and the path of ours it has to end up at. */
export type NotifyTarget = {
  readonly provider: CallbackProvider
  readonly place: 'payment' | 'refund'
  readonly url: string
  readonly path: string
}
