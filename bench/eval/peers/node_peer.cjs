// SPDX-License-Identifier: MIT
// node_peer.cjs ENGINE FILE : prints the 20 pass counts as a JSON array. Packages are looked up in $NODE_MODULES.
const [,, engine,file]=process.argv; const path=require('path'); const T=require('../translate.cjs'); const lines=require('./lines.cjs');
const need=n=>require(require.resolve(n,{paths:[process.env.NODE_MODULES||process.cwd()]}));
const N=T.rules.length, cnt=new Array(N).fill(0);
async function main(){
 if(engine==='js-parse'){ let k=0; for(const l of lines(file)) k+=JSON.parse(l)?1:0; console.log(k); return; }
 if(engine==='js'){ const f=new Function('r','c',T.js().map((e,i)=>`if(${e})c[${i}]++;`).join('\n')); for(const l of lines(file)) f(JSON.parse(l),cnt); }
 else if(engine==='ajv'){ const Ajv=need('ajv').default, a=new Ajv({strict:false}); const vs=T.schema().map(s=>a.compile(s)); for(const l of lines(file)){ const r=JSON.parse(l); for(let i=0;i<N;i++) if(vs[i](r)) cnt[i]++; } }
 else if(engine==='cel'){ const {parse,Environment}=await import(path.join(process.env.NODE_MODULES,'node_modules/@marcbachmann/cel-js/lib/index.js')); const env=new Environment().registerVariable('r','map'); const es=T.cel().map(s=>env.parse(s)); for(const l of lines(file)){ const r=JSON.parse(l); for(let i=0;i<N;i++) if(es[i]({r})===true) cnt[i]++; } }
 else if(engine==='jsonata'){ const J=need('jsonata'); const es=T.jsonata().map(s=>J(s)); for(const l of lines(file)){ const r=JSON.parse(l); for(let i=0;i<N;i++) if(await es[i].evaluate(r)===true) cnt[i]++; } }
 else if(engine==='json-rules-engine'){ const {Engine}=need('json-rules-engine'); const e=new Engine(T.jre(),{allowUndefinedFacts:true}); const op=(n,f)=>e.addOperator(n,f);
  const rx=new Map(), re=b=>{let r=rx.get(b);if(!r)rx.set(b,r=new RegExp(b));return r;};
  op('StringEquals',(a,b)=>a===b);op('NotStringEquals',(a,b)=>a!==b);op('Equals',(a,b)=>a===b);op('StringIn',(a,b)=>b.includes(a));op('StringContains',(a,b)=>typeof a==='string'&&a.includes(b));
  op('Greater',(a,b)=>a>b);op('GreaterOrEquals',(a,b)=>a>=b);op('LessOrEquals',(a,b)=>a<=b);op('IsNotStringEmpty',a=>a!==undefined&&a!=='');op('IsStringEmpty',a=>a===undefined||a==='');
  op('Contains',(a,b)=>Array.isArray(a)&&a.includes(b));op('NotContains',(a,b)=>!(Array.isArray(a)&&a.includes(b)));op('StringMatches',(a,b)=>typeof a==='string'&&re(b).test(a));
  for(const l of lines(file)){ const {events}=await e.run({r:JSON.parse(l)}); for(const v of events) cnt[+v.type.slice(1)-1]++; } }
 else if(engine.startsWith('duckdb')){ const {DuckDBInstance}=await import(path.join(process.env.NODE_MODULES,'node_modules/@duckdb/node-api/lib/index.js')); const [,mode,th]=engine.split('-'); const c=await (await DuckDBInstance.create(':memory:',{threads:th||'2'})).connect();
  const src=mode==='struct'?`read_ndjson('${file}',maximum_sample_files=1,sample_size=20000)`:`(SELECT json AS j FROM read_ndjson_objects('${file}'))`;
  const rd=await c.runAndReadAll(`SELECT ${T.sql(mode).map(e=>`count(*) FILTER (WHERE ${e})`).join(',')} FROM ${src}`); rd.getRows()[0].forEach((v,i)=>cnt[i]=Number(v)); }
 else if(engine==='zen'){ const {ZenEngine}=need('@gorules/zen-engine'); const ex=T.zen(); const g={nodes:[{id:'i',type:'inputNode',name:'in',position:{x:0,y:0}},{id:'e',type:'expressionNode',name:'e',position:{x:0,y:0},content:{expressions:ex.map((v,i)=>({id:'x'+i,key:'k'+i,value:v}))}},{id:'o',type:'outputNode',name:'out',position:{x:0,y:0}}],edges:[{id:'1',type:'edge',sourceId:'i',targetId:'e'},{id:'2',type:'edge',sourceId:'e',targetId:'o'}]};
  const d=new ZenEngine().createDecision(g); for(const l of lines(file)){ const {result}=await d.evaluate(JSON.parse(l)); for(let i=0;i<N;i++) if(result['k'+i]===true) cnt[i]++; } }
 else throw new Error('unknown engine '+engine);
 console.log(JSON.stringify(cnt)); }
main().catch(e=>{console.error(e);process.exit(1);});
