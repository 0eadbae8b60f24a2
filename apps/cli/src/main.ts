#!/usr/bin/env node
process.stdout.write('fairlead 0.0.0\n');
