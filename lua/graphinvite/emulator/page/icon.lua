--- The page's icon: an envelope.
return [[
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="#4338ca"/>
<path d="M7 10h18v12H7z M7 10l9 7 9-7" fill="none" stroke="#fff" stroke-width="2.2"
stroke-linejoin="round"/>
</svg>
]]
