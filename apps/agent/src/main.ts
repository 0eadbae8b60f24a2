#!/usr/bin/env node
process.stdout.write('fairlead-agent 0.0.0\n');
