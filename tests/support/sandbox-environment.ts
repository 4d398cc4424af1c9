import type { Sandbox } from '../../src/adapters/sandbox/sandbox.ts'

/** The settings that make a service use this sandbox as if both gateways were configured. */
export const sandboxEnvironment = ({ wechat, alipay }: Sandbox): Record<string, string> => ({
  WECHAT_APP_ID: wechat.credentials.appId,
  WECHAT_MCH_ID: wechat.credentials.mchId,
  WECHAT_API_V3_KEY: wechat.credentials.apiV3Key,
  WECHAT_API_CLIENT_CERT: wechat.credentials.merchantCertificate,
  WECHAT_API_CLIENT_KEY: wechat.credentials.merchantPrivateKey,
  WECHAT_API_SERIAL_NO: wechat.credentials.merchantSerialNo,
  WECHAT_PAY_PUBLIC_KEY: wechat.credentials.publicKey,
  WECHAT_PAY_PUBLIC_KEY_ID: wechat.credentials.publicKeyId,
  WECHAT_BASE_URL: wechat.credentials.baseUrl,
  ALIPAY_APP_ID: alipay.credentials.appId,
  ALIPAY_PRIVATE_KEY: alipay.credentials.privateKey,
  ALIPAY_PUBLIC_KEY: alipay.credentials.alipayPublicKey,
  ALIPAY_SELLER_ID: alipay.credentials.sellerId,
  ALIPAY_GATEWAY_URL: alipay.credentials.gatewayUrl,
})
