// The tables of a MogileFS database that an import reads (MOGILEFS section 1), in the dialect of
// each server. Facts about columns, in words of our own.

export type Dialect = 'sqlite' | 'postgres' | 'mysql'

const WORDS = {
  sqlite: { number: 'integer', bytes: 'blob', key: 'text' },
  postgres: { number: 'bigint', bytes: 'bytea', key: 'varchar(255)' },
  mysql: { number: 'bigint', bytes: 'varbinary(64)', key: 'varchar(255)' },
} as const

export function oldSchema(dialect: Dialect): string[] {
  const { number, bytes, key } = WORDS[dialect]
  return [
    `create table domain (dmid ${number} primary key, namespace varchar(255))`,
    `create table class (dmid ${number}, classid ${number}, classname varchar(50),
      mindevcount ${number}, replpolicy varchar(255), hashtype ${number},
      primary key (dmid, classid))`,
    `create table host (hostid ${number} primary key, status varchar(8), http_port ${number},
      http_get_port ${number}, hostname varchar(40), hostip varchar(15), altip varchar(15),
      altmask varchar(18))`,
    `create table device (devid ${number} primary key, hostid ${number}, status varchar(8),
      weight ${number}, mb_total ${number}, mb_used ${number}, mb_asof ${number})`,
    `create table file (fid ${number} primary key, dmid ${number}, dkey ${key}, length ${number},
      classid ${number}, devcount ${number}, unique (dmid, dkey))`,
    `create table file_on (fid ${number}, devid ${number}, primary key (fid, devid))`,
    `create table checksum (fid ${number} primary key, hashtype ${number}, checksum ${bytes})`,
    `create table tempfile (fid ${number} primary key, createtime ${number}, classid ${number},
      dmid ${number}, dkey ${key}, devids varchar(60))`,
    ...['file_to_replicate', 'file_to_delete', 'file_to_delete2'].map(
      (table) => `create table ${table} (fid ${number} primary key, nexttry ${number})`,
    ),
    'create table server_settings (field varchar(50) primary key, value text)',
  ]
}
