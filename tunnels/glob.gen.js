// Made by `deno task bundle` of npm:deno-std@1.4.0; not to be edited.
// Copyright 2018-2026 the Deno authors
//
// Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
// associated documentation files (the "Software"), to deal in the Software without restriction,
// including without limitation the rights to use, copy, modify, merge, publish, distribute,
// sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
// furnished to do so, subject to the following conditions:
//
// The above copyright notice and this permission notice shall be included in all copies or
// substantial portions of the Software.
//
// THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
// NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
// NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM,
// DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT
// OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
var d=["!","$","(",")","*","+",".","=","?","[","\\","^","{","|"],w=["-","\\","]"];function x(u,e,{extended:r=!0,globstar:R=!0,caseInsensitive:A=!1}={}){if(e==="")return/(?!)/;let a=e.length;for(;a>1&&u.seps.includes(e[a-1]);a--);e=e.slice(0,a);let c="";for(let l=0;l<e.length;){let n="",s=[],p=!1,h=!1,E=!1,i=l;for(;i<e.length&&!(u.seps.includes(e[i])&&s.length===0);i++){if(h){h=!1,n+=(p?w:d).includes(e[i])?`\\${e[i]}`:e[i];continue}if(e[i]===u.escapePrefix){h=!0;continue}if(e[i]==="[")if(p){if(e[i+1]===":"){let t=i+1,f="";for(;e[t+1]!==void 0&&e[t+1]!==":";)f+=e[t+1],t++;if(e[t+1]===":"&&e[t+2]==="]"){i=t+2,f==="alnum"?n+="\\dA-Za-z":f==="alpha"?n+="A-Za-z":f==="ascii"?n+="\0-\x7F":f==="blank"?n+="	 ":f==="cntrl"?n+="\0-\x7F":f==="digit"?n+="\\d":f==="graph"?n+="!-~":f==="lower"?n+="a-z":f==="print"?n+=" -~":f==="punct"?n+=`!"#$%&'()*+,\\-./:;<=>?@[\\\\\\]^_\u2018{|}~`:f==="space"?n+="\\s\v":f==="upper"?n+="A-Z":f==="word"?n+="\\w":f==="xdigit"&&(n+="\\dA-Fa-f");continue}}}else{p=!0,n+="[",e[i+1]==="!"?(i++,n+="^"):e[i+1]==="^"&&(i++,n+="\\^");continue}if(e[i]==="]"&&p){p=!1,n+="]";continue}if(p){n+=e[i];continue}if(e[i]===")"&&s.length>0&&s[s.length-1]!=="BRACE"){n+=")";let t=s.pop();t==="!"?n+=u.wildcard:t!=="@"&&(n+=t);continue}if(e[i]==="|"&&s.length>0&&s[s.length-1]!=="BRACE"){n+="|";continue}if(e[i]==="+"&&r&&e[i+1]==="("){i++,s.push("+"),n+="(?:";continue}if(e[i]==="@"&&r&&e[i+1]==="("){i++,s.push("@"),n+="(?:";continue}if(e[i]==="?"){r&&e[i+1]==="("?(i++,s.push("?"),n+="(?:"):n+=".";continue}if(e[i]==="!"&&r&&e[i+1]==="("){i++,s.push("!"),n+="(?!";continue}if(e[i]==="{"){s.push("BRACE"),n+="(?:";continue}if(e[i]==="}"&&s[s.length-1]==="BRACE"){s.pop(),n+=")";continue}if(e[i]===","&&s[s.length-1]==="BRACE"){n+="|";continue}if(e[i]==="*"){if(r&&e[i+1]==="(")i++,s.push("*"),n+="(?:";else{let t=e[i-1],f=1;for(;e[i+1]==="*";)i++,f++;let C=e[i+1];R&&f===2&&[...u.seps,void 0].includes(t)&&[...u.seps,void 0].includes(C)?(n+=u.globstar,E=!0):n+=u.wildcard}continue}n+=d.includes(e[i])?`\\${e[i]}`:e[i]}if(s.length>0||p||h){n="";for(let t of e.slice(l,i))n+=d.includes(t)?`\\${t}`:t,E=!1}for(c+=n,E||(c+=i<e.length?u.sep:u.sepMaybe,E=!0);u.seps.includes(e[i]);)i++;l=i}return c=`^${c}$`,new RegExp(c,A?"i":"")}var o={sep:"/+",sepMaybe:"/*",seps:["/"],globstar:"(?:[^/]*(?:/|$)+)*",wildcard:"[^/]*",escapePrefix:"\\"};function S(u,e={}){return x(o,u,e)}export{S as globToRegExp};
