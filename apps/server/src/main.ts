#!/usr/bin/env node
process.stdout.write('fairlead-server 0.0.0\n');
