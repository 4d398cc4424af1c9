import type { ChangePasswordError } from '../../application/operators/change-password.ts'
import type {
  AddOperatorError,
  ChangeOperatorError,
  ResetPasswordError,
} from '../../application/operators/maintain-operators.ts'
import type { HasherBusy } from '../../application/operators/password-hasher.ts'
import type { SignInRefused } from '../../application/operators/sign-in.ts'
import { MAX_PASSWORD, MIN_PASSWORD, type PasswordFlaw } from '../../domain/password.ts'
import { type Text, text } from './language.ts'
import { type ApiError, invalidField } from './problem.ts'

const FLAWS: Readonly<Record<PasswordFlaw['flaw'], Text>> = {
  too_short: text(`至少 ${MIN_PASSWORD} 个字符`, `at least ${MIN_PASSWORD} characters`),
  too_long: text(`至多 ${MAX_PASSWORD} 个字符`, `at most ${MAX_PASSWORD} characters`),
  too_common: text(
    '太常见，或由登录名、常见词和数字组成',
    'too common, or made of your name, common words and numbers',
  ),
}

/** Why something about operators was not done. */
export const operatorProblem = (
  error:
    | AddOperatorError
    | ChangeOperatorError
    | ChangePasswordError
    | ResetPasswordError
    | HasherBusy
    | SignInRefused
    | { readonly code: 'NOT_FOUND' },
): ApiError => {
  switch (error.code) {
    case 'SIGN_IN_REFUSED':
      return { code: 'UNAUTHENTICATED', detail: text('登录名或密码不对。', 'The name or the password is wrong.') }
    case 'HASHER_BUSY':
      return { code: 'SERVICE_UNAVAILABLE' }
    case 'PASSWORD_REFUSED':
      return invalidField('newPassword', FLAWS[error.flaw])
    case 'PASSWORD_WRONG':
      return invalidField('currentPassword', text('不对', 'wrong'))
    case 'PASSWORD_UNCHANGED':
      return invalidField('newPassword', text('须与当前密码不同', 'the same as the current one'))
    case 'NAME_TAKEN':
      return invalidField('name', text('已有这个登录名', 'taken'))
    case 'LAST_ADMIN':
      return invalidField('', text('须保留至少一名可登录的管理员', 'one admin who may sign in has to be left'))
    case 'OWN_PASSWORD':
      return {
        code: 'FORBIDDEN',
        detail: text('自己的密码请在 /admin/session/password 修改。', 'Change your own at /admin/session/password.'),
      }
    case 'NOT_FOUND':
      return { code: 'NOT_FOUND' }
  }
}
