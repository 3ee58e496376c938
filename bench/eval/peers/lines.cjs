// SPDX-License-Identifier: MIT
// Lines of a file, read 1 MiB at a time, without readline's overhead.
const fs=require('fs');
module.exports=function*(f){ const fd=fs.openSync(f,'r'),b=Buffer.allocUnsafe(1<<20); let rest=Buffer.alloc(0);
 for(;;){ const n=fs.readSync(fd,b,0,b.length,null); if(!n) break; let c=rest.length?Buffer.concat([rest,b.subarray(0,n)]):b.subarray(0,n),s=0,i;
  while((i=c.indexOf(10,s))>=0){ if(i>s) yield c.toString('utf8',s,i); s=i+1; } rest=Buffer.from(c.subarray(s)); }
 if(rest.length) yield rest.toString(); };
