"""What a text asks for: tables in several languages, and properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mathcli.problems import form_of

PROOFS = """\
Show, using induction, that 1 + ... + n = n(n+1)/2
Show if n is odd then n^2 is odd
Formally prove that A ∪ B = B ∪ A
I want to prove that 2 is prime, how?
Is it possible to prove that 0! = 1? Prove it.
Given: ABCD is a parallelogram. Prove: AB = CD.
Zeigen Sie: Die Folge konvergiert.
Kannst du beweisen, dass es unendlich viele Primzahlen gibt?
Zeige mit vollständiger Induktion, dass 2^n > n.
¿Puedes demostrar que √2 es irracional?
Peux-tu démontrer que √2 est irrationnel ?
Prove that the sum of two even numbers is even.
Show that √2 is irrational
show that sqrt(2) is irrational.
Prove √3 is irrational.
Prove the Pythagorean theorem.
Prove by induction that 1 + 2 + ... + n = n(n+1)/2.
Prove or disprove: every bounded sequence converges.
Disprove that every prime is odd.
Please prove that there are infinitely many primes.
Can you prove that 0.999... = 1?
How do you prove that e is irrational?
Let n be an odd integer. Prove that n^2 - 1 is divisible by 8.
If a and b are positive, show that (a+b)/2 >= sqrt(ab).
Suppose that f is continuous. Show that f is bounded on [0, 1].
Use the mean value theorem to prove that |sin a - sin b| <= |a - b|.
Show $x^2 + 1 > 0$ for all real $x$.
Show that for every n there is a prime greater than n.
Demonstrate that the square of an odd number is odd.
Give a proof of the infinitude of primes.
Write a short proof that the empty set is a subset of every set.
I need a proof that log 2 is irrational.
Verify that sin(x)^2 + cos(x)^2 = 1.
Explain why the product of two negative numbers is positive.
Prove: the diagonals of a rhombus are perpendicular.
Prove that one can compute the inverse and find it in n^3 steps.
Proof that 7 divides 8^n - 1
Establish the identity 1 + tan^2 x = sec^2 x.
Prove it by contradiction: there is no largest prime.
Why is the square root of 2 irrational?
Show by contradiction that there is no smallest positive rational number.
(a) Prove that n^2 is even if n is. (b) Show that n^3 is even if n is.
Prove that: (a) 2 is prime; (b) 3 is prime.
Beweise, dass √2 irrational ist.
Beweisen Sie, dass die Summe zweier gerader Zahlen gerade ist.
Zeige, dass n^2 + n immer gerade ist.
Zeigen Sie durch vollständige Induktion, dass 2^n > n gilt.
Man zeige, dass es unendlich viele Primzahlen gibt.
Beweise den Satz des Pythagoras.
Sei n ungerade. Zeige, dass n^2 ungerade ist.
Begründe, warum jede durch 6 teilbare Zahl gerade ist.
Weisen Sie nach, dass f injektiv ist.
Beweise: Das Produkt zweier ungerader Zahlen ist ungerade.
Wie beweist man, dass e irrational ist?
Demuestra que la raíz de 2 es irracional.
Demuestre que hay infinitos números primos.
Demostrar que n^2 + n es par.
Prueba que la suma de dos números pares es par.
Sea n un entero impar. Muestre que n^2 es impar.
Demuestra el teorema de Pitágoras.
Demuestra por inducción que 1 + 2 + ... + n = n(n+1)/2.
Comprueba que sen^2 x + cos^2 x = 1.
Por favor, demuestra que no existe un primo máximo.
Démontrer que √2 est irrationnel.
Démontre que la somme de deux nombres pairs est paire.
Montrer que n(n+1) est pair.
Montrez qu'il existe une infinité de nombres premiers.
Prouver que e est irrationnel.
Prouvez que le carré d'un nombre impair est impair.
Soit n un entier impair. Montrer par récurrence que 8 divise n^2 - 1.
Démontrer le théorème de Pythagore.
证明根号2是无理数。
证明：两个偶数的和是偶数。
请证明勾股定理。
求证：三角形内角和为180度。
试证 n^2+n 是偶数。
已知 a>0, b>0，证明 a+b ≥ 2√(ab)。
Dimostra che la radice di 2 è irrazionale.
Докажите, что корень из 2 иррационален."""

QUESTIONS = """\
hi
Show that 2x + 3 = 7 has one solution and find it
Prove me wrong: 2 + 2 = 5
Explain how to add fractions: 1/2 + 1/3
Find the area of a triangle with sides a) 3, b) 4 and c) 5.
Find the value of 3^2. (1) 6 (2) 9 (3) 12
Find x. (a) 3 (b) 5
Triangle with a. 3, b. 4, c. 5: what is its area?
In a race: 1. Tom 2. Ann 3. Bob. How many runners?
小明证明了自己能跑5公里，用了25分钟，速度是多少？
Show your work: what is 12 * 13?
Show all steps. Solve x^2 - 5x + 6 = 0
Show how many ways there are to seat 5 people.
Show me the solution of 2x = 10
Show the steps for 45 / 9.
Show that x = 3 and find y if x + y = 10.
Find x and show that it is prime: 2x = 14
Find all n such that n^2 + 1 is prime and prove that there are no others below 10.
Determine whether 91 is prime, and prove your answer.
Is 91 prime? Prove your answer.
What is 3+4? Prove it.
Improve a score of 50 by 20 %. What is it?
The inspector must approve 15 forms. How many are left of 40?
A waterproof jacket costs 80 dollars. It is 25 % off. What does it cost?
A bottle of 80-proof rum holds 750 ml. How much alcohol is in it?
The dough must prove for 2 hours and bake for 30 minutes. How long does it take?
The records show that Ann has 5 apples and Bob has 7. How many do they have together?
Studies prove that 30 % of 200 students walk. How many walk?
To prove that she is strong, Mia lifts 5 kg and then 7 kg. How much does she lift in all?
The show that starts at 8 lasts 90 minutes. When does it end?
Compute 17! / 15!
17!
π
3+4
x
derivative of x^3
integral of sin x from 0 to pi
sqrt(2)
\\frac{1}{2} + \\frac{1}{3}
gcd(12, 18)
x^2 = 4
Prove that x = 2 is a root of x^3 - 8, then find the other roots.
Verify the identity for n = 3 and compute both sides.
Why did Tom pay 12 dollars more, and how much did he pay?
Write a number that is 5 more than 12.
Write 0.75 as a fraction.
Write me an equation of the line through (0, 1) and (2, 5).
Hello! What is 2+2?
Hi, can you solve x + 3 = 5?
Thanks. Now 17 * 23
Tell a story with 5 apples and 3 eaten. How many are left?
Tom writes a poem of 14 lines with 8 words in each. How many words is that?
A poem has twelve lines of six words. How many words?
ten plus five
zwölf mal drei
How many hellos are in hello hello hello?
Hallo, was ist 3 mal 4?
Zeige deinen Rechenweg: 45 : 9
Zeige alle Schritte. Löse 2x = 10.
Zeige, dass x = 3 ist, und berechne y, wenn x + y = 10.
Die Polizei hat 5 Beweise und findet 3 weitere. Wie viele hat sie?
Berechne die Ableitung von x^3.
Ein Zug fährt 120 km in 2 Stunden. Wie schnell ist er?
Muestra todos los pasos: 12 * 13
Muestra cuántos alumnos hay en 3 filas de 8.
Demuestra que x = 3 y halla y si x + y = 10.
Juan tiene 5 manzanas y compra 7. ¿Cuántas tiene?
Una prueba tiene 20 preguntas y Ana acierta 15. ¿Qué porcentaje es?
Montre les étapes : 12 * 13
Montrer que x = 3 et calculer y si x + y = 10.
Une montre coûte 45 euros et une preuve d'achat 2 euros. Combien cela fait-il ?
Paul a 5 pommes et en achète 7. Combien en a-t-il ?
小明有5个苹果，又买了7个，一共有多少个？
证明书每张5元，买3张多少元？
求 x 的值：2x = 10
证明 x = 3，并求 y，其中 x + y = 10。
解方程 x^2 - 5x + 6 = 0
计算 12 × 13
Find the point of (a, b) where f(a) = b for f(x) = x^2 on (1, 2).
What is f(a) + f(b) if f(x) = 2x, a = 1 and b = 2?
What is 2+3? (a) 4 (b) 5 (c) 6
Which is prime? (A) 9 (B) 11 (C) 15 (D) 21
What is 7*8?\nA) 54\nB) 56\nC) 58
The value of 2^5 is (a) 10 (b) 32 (c) 25 (d) 64
Choose the right answer: 12/4 = a) 3 b) 4 c) 5
A shop sells (1) apples for $3 and (2) pears for $4. What do both cost?
A game: 1. Roll a die. 2. If it is even, you win. What is the chance to win?
Solve the system (1) x + y = 3 (2) x - y = 1
Solve: (1) x + y = 3 (2) x - y = 1
A list: 1. 5 apples 2. 7 pears 3. 2 plums. How many fruits?
Version 1.2 costs 5 dollars and version 2.1 costs 7. How much more is that?
Use (a) of the theorem and (b) of the lemma to find the limit of 1/n.
Let A = {(1), (2)}. How many subsets has A?
What is the length of the interval (i, ii) if i = 1 and ii = 5?
下列哪个是质数？(A) 4 (B) 5 (C) 6"""

NOTHING = """\
Hi!
are you real?
bash: syntax error near unexpected token `('
segmentation fault
¿Cómo te llamas?
hello
Hello!
Hi there
hey, how are you?
good morning
thanks
Thank you very much!
okay
who are you?
what can you do?
help me
test
asdf
bye
nice to meet you
write me a poem
Write a poem about the sea
write a short story about a dragon
tell me a joke
Can you write an essay about Napoleon?
compose a song for my mother
write an email to my boss
draft a cover letter
what's the weather
What is the weather like in Paris?
recommend me a good movie
who is the president of France?
What is the capital of Spain?
translate this into French
play some music
???
...
!!!
--
( )
""
😀
Traceback (most recent call last):\\n  File "a.py", line 1, in <module>
ValueError: invalid literal for int() with base 10: 'a'
bash: mathclii: command not found
zsh: no matches found: x^2
Segmentation fault (core dumped)
mathcli: there is no problem to solve
npm ERR! code ENOENT
Lorem ipsum dolor sit amet
Hallo
Guten Tag!
Danke
Wie geht es dir?
Schreibe mir ein Gedicht
Erzähl mir einen Witz
Wie ist das Wetter heute?
hola
Buenos días
gracias
¿Cómo estás?
Escribe un poema sobre el mar
cuéntame un chiste
¿Qué tiempo hace?
bonjour
merci beaucoup
Comment ça va ?
Écris un poème sur la mer
raconte-moi une blague
Quel temps fait-il ?
你好
谢谢
你是谁
写一首诗
今天天气怎么样"""

PARTS = {
    "Convert to decimals: (a) 1/2 (b) 3/4": "a b",
    "Write as a fraction: (a) 0.5 (b) 0.25": "a b",
    "(a) 2+2, (b) 3+3": "a b",
    "For f(x)=x^2: (a) f(2)=? (b) f(3)=?": "a b",
    "求：(1) 2+2；(2) 3×3": "1 2",
    "Résoudre : a) 2x=4 b) 3x=9": "a b",
    "(a) Find x if 2x = 10. (b) Find y if 3y = 12.": "a b",
    "Find (a) 2+3 (b) 2*3": "a b",
    "Compute: (a) 3+4 (b) 5*6 (c) 7-2": "a b c",
    "a) 3+4\nb) 5*6": "a b",
    "1) What is 2+3?\n2) What is 4*5?\n3) What is 9-1?": "1 2 3",
    "1. What is 2+3?\n2. What is 4*5?": "1 2",
    "1. Find the mean of 2, 4, 6. 2. Find their product.": "1 2",
    "i. Solve x + 1 = 2\nii. Solve x + 2 = 5\niii. Solve 2x = 4": "i ii iii",
    "Let f(x) = x^2 + 1. Find (i) f(2) and (ii) f(3).": "i ii",
    "Let f(x) = x^2.\n(a) What is f(3)?\n(b) For which x is f(x) = 16?": "a b",
    "A train covers 120 km in 2 hours. (a) How fast is it? (b) How far is it in 5 h?": "a b",
    "Part A: What is 5!? Part B: What is 6!?": "a b",
    "**(a)** Find 2+2.\n**(b)** Find 3+3.": "a b",
    "Differentiate (a) x^2 (b) sin(x) (c) e^x": "a b c",
    "Factor the following: a) x^2-9 b) x^2-5x+6": "a b",
    "Find the derivative of (a) x^3 and (b) cos x": "a b",
    "Solve each equation: (1) 2x = 4 (2) 3x = 9": "1 2",
    "A box has 3 red balls. a) How many balls are in 2 boxes? b) How many in 5?": "a b",
    "(A) What is 2+3? (B) What is 4*5?": "a b",
    "① What is 2+3? ② What is 3+3?": "1 2",
    "Question 1: What is 2*3? Question 2: What is 3*3?": "1 2",
    "Find the area and more of a square of side 3: (a) the area; (b) the perimeter": "a b",
    "(a) Prove that 7 is prime. (b) Find the next prime.": "b",
    "Berechne: a) 3+4 b) 5*6": "a b",
    "Teil a) Berechne 3+4. Teil b) Berechne 5*6.": "a b",
    "Sei f(x) = x^2. a) Berechne f(3). b) Bestimme f'(x).": "a b",
    "a) Wie viele Eier sind 3 mal 12? b) Wie viele sind 5 mal 12?": "a b",
    "Löse die folgenden Gleichungen:\n1) 2x = 4\n2) 3x = 9": "1 2",
    "a) Calcula 3+4. b) Calcula 5*6.": "a b",
    "Calcula: a) 3+4 b) 5*6": "a b",
    "Una caja tiene 3 bolas. a) ¿Cuántas hay en 2 cajas? b) ¿Cuántas hay en 5?": "a b",
    "1) Calculer 3+4. 2) Calculer 5*6.": "1 2",
    "Soit f(x) = x^2. a) Calculer f(3). b) Déterminer f'(x).": "a b",
    "Partie a) Combien font 3+4 ? Partie b) Combien font 5*6 ?": "a b",
    "（1）求 2x=10 的解；（2）求 3x=12 的解。": "1 2",
    "已知 f(x)=x^2。(1) 求 f(3)；(2) 求 f'(x)。": "1 2",
    "(1) 3+4等于多少？(2) 5×6等于多少？": "1 2",
    "第1题：计算3+4。第2题：计算5×6。": "1 2",
}  # fmt: skip


@pytest.mark.parametrize("text", PROOFS.split("\n"))
def test_a_request_for_a_proof(text: str) -> None:
    assert form_of(text).kind == "proof"


@pytest.mark.parametrize("text", QUESTIONS.split("\n"))
def test_a_question_is_never_something_else(text: str) -> None:
    assert form_of(text.replace("\\n", "\n")).kind == "question"


@pytest.mark.parametrize("text", NOTHING.split("\n"))
def test_no_problem(text: str) -> None:
    assert form_of(text.replace("\\n", "\n")).kind == "none"


@pytest.mark.parametrize(("text", "labels"), PARTS.items())
def test_parts(text: str, labels: str) -> None:
    found = form_of(text)
    assert (found.kind, " ".join(found.labels)) == ("parts", labels)


def test_the_tables_are_long_enough() -> None:
    assert all(len(table.split("\n")) >= 60 for table in (PROOFS, QUESTIONS, NOTHING))


SENTENCES = st.sampled_from([one for one in QUESTIONS.split("\n") if "?" in one])
TALK = st.sampled_from(["Hello! ", "Hi, ", "Bonjour. ", "Please: ", "Thanks. ", "Hallo, "])


@given(TALK, SENTENCES)
def test_who_greets_first_still_asks(talk: str, question: str) -> None:
    assert form_of(talk + question).kind != "none"


@given(st.text(max_size=300))
def test_any_text_is_of_one_kind(text: str) -> None:
    found = form_of(text)
    assert (found.kind == "parts") == bool(found.parts)
    assert len({part.label for part in found.parts}) == len(found.parts)
    assert all(part.text in text for part in found.parts)


@given(st.text("0123456789+-*/^=xyzπ√∫! ().,", min_size=1, max_size=40))
def test_what_has_a_number_is_never_nothing(text: str) -> None:
    if any(mark.isalnum() for mark in text):
        assert form_of(text).kind in ("question", "parts")


@given(st.lists(st.integers(0, 999), min_size=2, max_size=9), st.sampled_from(["({})", "{})"]))
def test_parts_are_found_in_their_order(numbers: list[int], mark: str) -> None:
    labels = "abcdefghi"[: len(numbers)]
    text = " ".join(
        f"{mark.format(label)} What is {number} + 1?"
        for label, number in zip(labels, numbers, strict=True)
    )
    assert "".join(form_of(text).labels) == labels


@pytest.mark.parametrize("piece", ["(a) ", "prove that ", "show ", "a) Find ", "1. ", "$x=", "hi "])
def test_long_texts_take_no_time(piece: str) -> None:
    form_of(piece * (19_000 // len(piece)))
