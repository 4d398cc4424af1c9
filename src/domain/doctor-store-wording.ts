import { words } from './finding-words.ts'

/** What the doctor says of the database, of services beside it, and of callbacks that were refused. */
export const STORE_FINDINGS = {
  database_durable: words(
    ['数据库会把已确认的内容写入磁盘', 'The database keeps what it has confirmed'],
    ['{settings}', '{settings}'],
  ),
  database_undurable: words(
    ['数据库断电时会丢失已确认的内容', 'The database may lose what it has confirmed'],
    ['{name} 是 {found}，应为 {wanted}。', '{name} is {found} instead of {wanted}.'],
    [
      '修改数据库服务器的配置；生产环境带着它无法启动。',
      'Change it on the server; in production nothing starts with it.',
    ],
  ),
  binlog_undurable: words(
    ['二进制日志断电时可能落后', 'The binary log may lag behind at a loss of power'],
    ['sync_binlog 是 {found}。', 'sync_binlog is {found}.'],
    [
      '若用它做时间点恢复或从库，请设为 1；数据本身不受影响。',
      'Set it to 1 where it is used for point-in-time recovery or replicas; the data itself is safe.',
    ],
  ),
  database_unreachable: words(
    ['数据库无法使用', 'The database can not be used'],
    ['原因：{reason}。', 'Reason: {reason}.'],
    ['检查 DATABASE_URL、数据库服务和权限。', 'Look at DATABASE_URL, the server and its permissions.'],
  ),
  schema_current: words(
    ['表结构是最新的', 'The schema is up to date'],
    ['{steps} 步均已执行。', 'All {steps} steps are there.'],
  ),
  schema_unusable: words(
    ['表结构与本版本不符', 'The schema does not fit this build'],
    ['{problem}', '{problem}'],
    [
      "运行 'shouyin migrate up'，或换回原来的版本。",
      "Run 'shouyin migrate up', or go back to the build it was made by.",
    ],
  ),
  disk_free: words(
    ['磁盘空间充足', 'There is room on the disk'],
    ['可用 {free}（{percent}%）。', '{free} free ({percent}%).'],
  ),
  disk_filling: words(
    ['磁盘快满了', 'The disk is filling up'],
    ['可用 {free}（{percent}%）。', '{free} free ({percent}%).'],
    [
      '清理或扩容；写满后无法再记账，通知会被要求重发。',
      'Clear it or enlarge it; when it is full nothing can be booked, and callbacks are asked to come again.',
    ],
  ),
  database_clock_off: words(
    ['数据库服务器的时钟相差 {seconds} 秒', "The database server's clock is {seconds} seconds apart"],
    [
      '记账用的是本机时间，不受影响；备份与恢复的时间点会对不上。',
      'The books use our own time; but moments of backup and recovery will not fit.',
    ],
    ['在数据库服务器上启用 NTP。', 'Turn on NTP on the database server.'],
  ),
  service_reached: words(['{service}可用', '{service} answers'], ['已连接。', 'It was reached.']),
  service_unreached: words(
    ['{service}不可用', '{service} does not answer'],
    ['已配置，但连接不上。', 'It is configured and can not be reached.'],
    [
      '检查地址、密码和防火墙。其间收款照常，只是各进程各自为政，事件稍后发出。',
      'Look at address, password and firewall. Payments go on meanwhile; processes act on their own and events wait.',
    ],
  ),
  none_refused: words(
    ['近 {days} 天没有拒绝过像真的通知', 'No callback that looked genuine was refused in {days} days'],
    ['签名、时间和来源都正常。', 'Signatures, times and sources were fine.'],
  ),
  callback_refused: words(
    ['拒绝过{provider}的通知：{refusal}', 'Callbacks of {provider} were refused: {refusal}'],
    ['{count} 次，最近一次 {lastAt}，来自 {address}。', '{count} times, last at {lastAt}, from {address}.'],
    ['{step}', '{step}'],
  ),
  callbacks_unusable: words(
    ['近 {days} 天有 {count} 条真实通知没能入账', '{count} genuine callbacks of {days} days could not be booked'],
    ['{verdicts}', '{verdicts}'],
    [
      '在后台的“通知”里逐条查看判定过程，改正后重新处理。',
      'See the verdict of each in the console, mend what is wrong and have them tried again.',
    ],
  ),
} as const
