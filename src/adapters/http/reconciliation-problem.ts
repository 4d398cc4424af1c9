import type { RequestReconciliationError } from '../../application/reconciliation/request-reconciliation.ts'
import { text } from './language.ts'
import { type ApiError, invalidField } from './problem.ts'

/** Why a day can't be compared. */
export const requestError = (error: RequestReconciliationError): ApiError => {
  switch (error.code) {
    case 'PROVIDER_NOT_CONFIGURED':
      return error
    case 'DAY_IN_FUTURE':
      return invalidField('date', text('不能晚于今天（北京时间）', 'not after today (Shanghai)'))
  }
}
