#!/bin/sh
# Prints one number for all that the front end of rooms is built from: another number, and it is built anew. The launcher
# compares it, the kit brings it along.
cd -- "$(dirname -- "$0")/../../.."
LC_ALL=C # the same order everywhere
cat package-lock.json hub_config/sandyq_hub/rooms/front/* widgets/sandyq_widgets/static/* \
    voila_apps/sandyq_apps/kit/static/* voila_apps/sandyq_apps/static/* | cksum
