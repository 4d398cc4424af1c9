#!/bin/sh
# Makes what can be made at random for compose.yaml, once: what is there already stays. The merchant's keys are yours to
# put beside it: wechat_api_v3_key, wechat_api_client_key, alipay_private_key, alipay_public_key.
set -eu
cd "$(dirname "$0")"
mkdir -p secrets
chmod 700 secrets # Nobody else gets in here; inside a container each file stands alone and its user has to read it.
cd secrets

random() { openssl rand -hex 24; }
put() { [ -e "$1" ] || printf '%s\n' "$2" >"$1"; }

put mysql_root_password "$(random)"
put mysql_password "$(random)"
put database_url "mysql://shouyin:$(cat mysql_password)@mysql:3306/shouyin?connections=10"
put redis_password "$(random)"
put redis_url "redis://:$(cat redis_password)@redis:6379"
put redis_conf "requirepass $(cat redis_password)
appendonly yes
maxmemory-policy noeviction"
put rabbitmq_password "$(random)"
put amqp_url "amqp://shouyin:$(cat rabbitmq_password)@rabbitmq:5672/%2F"
put rabbitmq_conf "default_user = shouyin
default_pass = $(cat rabbitmq_password)"
put jwt_secret "$(openssl rand -base64 48)"
put data_encryption_key "$(openssl rand -base64 32)"
chmod 444 ./*
