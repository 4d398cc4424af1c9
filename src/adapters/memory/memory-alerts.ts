import type { AlertReader, AlertRows } from '../../application/alerts/alert-repository.ts'
import type { Alert } from '../../domain/alert.ts'
import { createTable, type Draft, insertOnce, joined, type Rows } from './table.ts'
import { pageOf } from './versioned-rows.ts'

export const alertTable = () =>
  createTable<Alert>(({ id }) => id, { same: ({ rule, subject }) => joined(rule, subject) })

export const alertReader = (alerts: Rows<Alert>): AlertReader => ({
  find: async (id) => alerts.get(id),
  list: async ({ status, rule, severity }, page) =>
    pageOf(
      alerts.where(
        (alert) =>
          (status === undefined || alert.status === status) &&
          (rule === undefined || alert.rule === rule) &&
          (severity === undefined || alert.severity === severity),
      ),
      page,
      ({ firstAt: createdAt, id }) => ({ createdAt, id }),
    ),
  firing: async (asked) =>
    alerts
      .where(({ rule, status }) => rule === asked && status === 'firing')
      .map(({ subject }) => subject)
      .toSorted(),
})

export const alertRows = (alerts: Draft<Alert>): AlertRows => ({
  ...alertReader(alerts),
  hold: async (rule, subject) => alerts.getBy('same', joined(rule, subject)),
  insert: async (alert) => insertOnce(alerts, alert),
  put: async (alert) => alerts.put(alert),
})
